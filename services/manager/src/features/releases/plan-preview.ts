import { type ConfigSnapshot, type Edit } from '@release-manager/config-repo';
import type { ReleasePlan } from '@release-manager/contract';
import { newId, type Actor, type ArtifactFile } from '@release-manager/domain';
import type { TreeReader } from '@release-manager/git';
import { diffManifests, renderDiff } from '@release-manager/manifests';

import { notInitialised, type ConfigRepo } from '../config-repo/index.ts';
import { alreadyThere } from './already-there.ts';
import { draftRelease, findCandidate, type ReleaseTarget } from './draft-release.ts';
import type { NewRelease, Release } from './release.ts';
import { stopsOn } from './stops.ts';
import { planBatch, type BatchDeps, type BatchPlan } from './writer/plan-batch.ts';

export interface PreviewDeps extends BatchDeps {
  readonly repo: ConfigRepo;
}

export interface PreviewRequest {
  readonly service: string;
  readonly environments: readonly string[];
  readonly what: ReleaseTarget;
}

/**
 * The dry run: the very plan that the writer would make on the newest tip, made in memory and thrown away. Nothing is
 * recorded, nothing is written.
 * @throws AppError unavailable when the config repo does not answer or is not initialised; not-found as for a release
 */
export async function previewRelease(deps: PreviewDeps, actor: Actor, request: PreviewRequest): Promise<ReleasePlan[]> {
  const candidate = await findCandidate(deps.database.db, request);
  const snapshot = await deps.repo.refresh();
  const base = deps.repo.mirror.tip();
  if (base === undefined || !snapshot.initialised) throw notInitialised();
  const at = deps.now();
  const plans: ReleasePlan[] = [];
  for (const environment of request.environments) {
    const subject = { service: request.service, environment, artifactId: candidate.artifact?.id, automatic: false };
    const draft = draftRelease({
      stops: await stopsOn(deps.stops, deps.database.db, subject, at),
      actor,
      candidate,
      environment,
      requestId: newId('req', at),
      request: {},
      at,
      snapshot,
      identity: deps.identity,
    });
    const plan = await planBatch(deps, [asQueued(draft)], snapshot, deps.repo.mirror.writer(base));
    plans.push(await describePlan(deps, { draft, plan, snapshot, tree: deps.repo.mirror.tree(base) }));
  }
  return plans;
}

function asQueued(draft: NewRelease): Release {
  return { ...draft, state: 'queued', seq: 0, updatedAt: draft.requestedAt };
}

interface Described {
  readonly draft: NewRelease;
  readonly plan: BatchPlan;
  readonly snapshot: ConfigSnapshot;
  readonly tree: TreeReader;
}

async function describePlan(deps: PreviewDeps, { draft, plan, snapshot, tree }: Described): Promise<ReleasePlan> {
  const written = plan.written[0]?.planned;
  const changes = await readChanges(tree, written?.edits ?? []);
  return {
    environment: draft.environment,
    artifact: draft.artifactId,
    decision: { ...decisionOf(plan, draft), commit: snapshot.commit },
    alreadyThere: (await alreadyThere(deps.database.db, draft)) !== undefined,
    problems: [
      ...plan.decided.flatMap((planned) => (planned.kind === 'refuse' ? [planned.failure] : [])),
      ...plan.postponed.map(({ why }) => ({ code: 'plan.postponed', message: why })),
    ],
    files: changes.map(({ path, change }) => ({ path, change })),
    objects: diffManifests(...manifestsOf(changes)).map((diff) => ({
      change: diff.change,
      object: [diff.kind, diff.namespace, diff.name].filter((part) => part !== '').join('/'),
      diff: renderDiff([diff]),
    })),
    commitMessage: written?.message ?? '',
  };
}

function decisionOf(plan: BatchPlan, draft: NewRelease): Pick<ReleasePlan['decision'], 'verdict' | 'opinions'> {
  const planned = [...plan.written.map((each) => each.planned), ...plan.decided].find(
    (each) => each.kind !== 'obsolete',
  );
  const { verdict, opinions } = planned?.decision ?? draft.decision ?? { verdict: 'allowed', opinions: [] };
  return { verdict, opinions: [...opinions] };
}

interface FileChange {
  readonly path: string;
  readonly change: 'added' | 'changed' | 'removed';
  readonly before: Buffer | undefined;
  readonly after: Uint8Array | undefined;
}

async function readChanges(tree: TreeReader, edits: readonly Edit[]): Promise<FileChange[]> {
  const after = new Map<string, Uint8Array | undefined>();
  for (const edit of edits) {
    if (edit.kind !== 'put') for (const { path } of await tree.files(edit.path)) after.set(path, undefined);
    if (edit.kind === 'put') after.set(edit.path, edit.content);
    if (edit.kind === 'replace-folder')
      for (const file of edit.files) after.set(`${edit.path}/${file.path}`, file.content);
  }
  const before = await tree.readMany([...after.keys()], { onTooLarge: 'skip' });
  return [...after.entries()].flatMap(([path, content]) => {
    const old = before.get(path);
    if (old !== undefined && content !== undefined && old.equals(content)) return [];
    const change = old === undefined ? 'added' : content === undefined ? 'removed' : 'changed';
    return [{ path, change, before: old, after: content } as const];
  });
}

/** The manifests before and after: a diff of objects, whatever file they moved to. The Flux objects are part of it. */
function manifestsOf(changes: readonly FileChange[]): [ArtifactFile[], ArtifactFile[]] {
  const yaml = changes.filter(({ path }) => path.endsWith('.yaml') || path.endsWith('.yml'));
  const side = (of: 'before' | 'after'): ArtifactFile[] =>
    yaml.flatMap((change) => {
      const content = change[of];
      return content === undefined ? [] : [{ path: change.path, content }];
    });
  return [side('before'), side('after')];
}
