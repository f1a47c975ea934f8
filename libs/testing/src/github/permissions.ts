import type { MatchedOperation } from './vendor-schema.ts';

/** What an App or a fine-grained token may, by GitHub's names. */
export type FakePermissions = Record<string, 'read' | 'write'>;

export const allPermissions: Readonly<FakePermissions> = {
  contents: 'read',
  metadata: 'read',
  pull_requests: 'write',
  deployments: 'write',
  checks: 'write',
  statuses: 'write',
};

/** By the longest beginning of an operation's name; what is about ourselves needs none. */
const needed: readonly (readonly [string, string])[] = [
  ['repos/create-deployment', 'deployments'],
  ['repos/list-deployment', 'deployments'],
  ['repos/create-commit-status', 'statuses'],
  ['repos/get-combined-status', 'statuses'],
  ['repos/list-pull-requests', 'pull_requests'],
  ['repos/get-content', 'contents'],
  ['repos/compare-commits', 'contents'],
  ['git/', 'contents'],
  ['pulls/', 'pull_requests'],
  ['issues/', 'pull_requests'],
  ['reactions/', 'pull_requests'],
  ['checks/', 'checks'],
];

/** The permission that an operation lacks, as GitHub decides it; undefined when it may be done. */
export function lacking({ id, method }: MatchedOperation, granted: Readonly<FakePermissions>): string | undefined {
  const name = needed.find(([beginning]) => id.startsWith(beginning))?.[1];
  if (name === undefined || granted[name] === 'write') return undefined;
  return method === 'GET' && granted[name] === 'read' ? undefined : name;
}
