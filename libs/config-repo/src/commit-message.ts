import type { GitIdentity, ReleaseIntent } from '@release-manager/domain';

import { oneLine } from './one-line.ts';

export interface CommitMessageInput {
  readonly environment: string;
  readonly service: string;
  /** Absent for an undeploy. */
  readonly artifactId?: string;
  readonly intent: ReleaseIntent;
  readonly actorName: string;
  /** The rule that automation acted under. */
  readonly policy?: string;
  /** Where that rule stood then: `policies/web.yaml:3`. */
  readonly policySource?: string;
  readonly releaseId: string;
  readonly releasedBy: GitIdentity;
  readonly reason?: string;
  /** The artifact whose place it takes. */
  readonly replaces?: string;
}

/**
 * The message of a release commit: a subject for people, and one block of trailers for machines, from which history can be
 * rebuilt. Every value is one harmless line, so no name or reason can add a trailer or end the block.
 */
export function commitMessage(input: CommitMessageInput): string {
  const what = input.artifactId === undefined ? 'undeploy' : `release ${oneLine(input.artifactId)}`;
  const target = `${oneLine(input.environment)}/${oneLine(input.service)}`;
  const trailers: readonly (readonly [string, string | undefined])[] = [
    ['Release-Id', input.releaseId],
    ['Artifact-Id', input.artifactId],
    ['Service', input.service],
    ['Environment', input.environment],
    ['Intent', input.intent],
    ['Released-By', identityText(input.releasedBy)],
    ['Policy', input.policy],
    ['Policy-Source', input.policySource],
    ['Replaces', input.replaces],
    ['Reason', input.reason],
  ];
  const lines = trailers.flatMap(([key, value]) => {
    const text = value === undefined ? '' : oneLine(value, key === 'Reason' ? 1000 : 600);
    return text === '' ? [] : [`${key}: ${text}`];
  });
  return `[${target}] ${what} by ${oneLine(input.actorName)}\n\n${lines.join('\n')}\n`;
}

/** `Name <email>`; angle brackets in either would make it two people. */
export function identityText({ name, email }: GitIdentity): string {
  const part = (text: string, longest: number): string => oneLine(text.replaceAll(/[<>]/g, ' '), longest);
  return `${part(name, 200)} <${part(email, 320).replaceAll(' ', '')}>`;
}
