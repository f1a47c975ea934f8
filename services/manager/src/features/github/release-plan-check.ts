import { createHash } from 'node:crypto';

import type { CheckContent, CheckRun, GithubApi, GithubRepository } from '@release-manager/github';
import type { Db } from '@release-manager/postgres';

import {
  wantDelivery,
  type Delivered,
  type Delivery,
  type DeliveryContext,
  type DeliveryKind,
  type Urgency,
} from '../deliveries/index.ts';
import { RefusalMemory } from './refusal-memory.ts';

/** The check beside the head of a pull request; its key is the address of the repository and the commit. */
const kind = 'github.check';

/** What the check is called on GitHub, and what a branch protection may ask for. */
const checkName = 'release plan';

/** A commit of a source repository. */
export interface CheckedCommit {
  /** Address of the repository, in any form that git takes. */
  readonly repository: string;
  readonly sha: string;
}

/** Says what the check of a commit has to show. */
export interface PlanRenderer {
  /**
   * Undefined: nothing has to be said of this commit, and what stands there stays.
   * @throws AppError unavailable, limited: it is asked again later
   */
  planOf(commit: CheckedCommit, signal: AbortSignal): Promise<CheckContent | undefined>;
}

export interface CheckDeps {
  readonly github: Pick<GithubApi, 'repositoryAt' | 'isApp' | 'checks' | 'statuses'>;
  readonly renderer: PlanRenderer;
}

/** Has the check of a commit looked at, in the caller's transaction; it is written to only where it says something else. */
export async function wantCheck(tx: Db, commit: CheckedCommit, urgency: Urgency, at: Date): Promise<void> {
  const { repository, sha } = commit;
  await wantDelivery(tx, { kind, key: `${repository}@${sha}`, subject: { repository, sha }, urgency }, at);
}

/** Keeps one check run on a commit as it has to be: a commit status where a token speaks, which may make no check run. */
export function createCheckDelivery({ github, renderer }: CheckDeps): DeliveryKind {
  const refusals = new RefusalMemory();
  return {
    kind,
    end: 'github',
    async deliver(delivery, context) {
      const { repository: address = '', sha = '' } = delivery.subject;
      const repository = github.repositoryAt(address);
      if (repository === undefined) return { outcome: 'gone' };
      const content = await renderer.planOf({ repository: address, sha }, context.signal);
      if (content === undefined) return { outcome: 'gone', external: delivery.external };
      const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex');
      if (delivery.sentHash === hash && !delivery.inDoubt)
        return { outcome: 'unchanged', external: delivery.external, hash };
      const told = { repository, sha, content, delivery, context };
      const done = await refusals.guard(repository, context.now, () =>
        github.isApp ? putCheckRun(github, told) : putStatus(github, told),
      );
      return { ...done, hash };
    },
  };
}

interface Told {
  readonly repository: GithubRepository;
  readonly sha: string;
  readonly content: CheckContent;
  readonly delivery: Delivery;
  readonly context: DeliveryContext;
}

async function putCheckRun({ checks }: CheckDeps['github'], told: Told): Promise<Delivered> {
  const { repository, sha, content, delivery, context } = told;
  const known = delivery.inDoubt ? undefined : delivery.external?.['check'];
  const found =
    known === undefined ? await checks.find(repository, { sha, name: checkName }, context.signal) : undefined;
  if (found !== undefined && says(found, content))
    return { outcome: 'unchanged', external: { check: String(found.id) } };
  const id = found?.id ?? (known === undefined ? undefined : Number(known));
  if (id !== undefined) {
    await context.spend();
    const changed = await checks.update(repository, id, content, context.signal);
    if (changed !== undefined) return { outcome: 'sent', external: { check: String(id) } };
  }
  await context.spend();
  const made = await checks.create(repository, { ...content, sha, name: checkName }, context.signal);
  return { outcome: 'sent', external: { check: String(made.id) } };
}

function says(run: CheckRun, { title, summary, conclusion }: CheckContent): boolean {
  return run.title === title && run.summary === summary && run.conclusion === conclusion;
}

async function putStatus({ statuses }: CheckDeps['github'], told: Told): Promise<Delivered> {
  const { repository, sha, content, context } = told;
  const { title: description, detailsUrl: targetUrl } = content;
  const status = { sha, context: checkName, state: stateOf(content), description, targetUrl };
  const there = await statuses.find(repository, status, context.signal);
  if (there?.state === status.state && there.description === description) return { outcome: 'unchanged' };
  await context.spend();
  await statuses.set(repository, status, context.signal);
  return { outcome: 'sent' };
}

/** A status knows no neutral: what stops nobody is a success. */
function stateOf({ conclusion }: CheckContent): 'success' | 'failure' | 'pending' {
  switch (conclusion) {
    case undefined:
      return 'pending';
    case 'success':
    case 'neutral':
    case 'skipped':
      return 'success';
    case 'failure':
    case 'action_required':
    case 'cancelled':
      return 'failure';
  }
}
