import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import type { BurstMemory } from './burst.ts';
import type { ReleaseRow, Truth } from './read-truth.ts';

const unfinished = new Set(['requested', 'queued', 'waiting']);

/**
 * Everything that was lost, doubled or mixed up, in words; nothing when each accepted release was committed exactly once or
 * stopped by a rule, and each folder holds the last one of its target.
 */
export function findWrongs(truth: Truth, memory: BurstMemory): string[] {
  return [
    ...whatWasAccepted(truth, memory),
    ...truth.releases.flatMap((release) => judgeRelease(release, truth)),
    ...whatAutomationOwes(truth, memory),
    ...whatGitHolds(truth),
    ...order(truth),
    ...(truth.openAttempts === 0 ? [] : [`${truth.openAttempts} push attempts are still in doubt`]),
  ];
}

/** Artifacts whose bytes are not in the folder store as they were sent. */
export async function findLostArtifacts(truth: Truth, store: string): Promise<string[]> {
  const wrongs: string[] = [];
  for (const { id, service, zip_sha256: expected } of truth.artifacts) {
    const zip = await readFile(join(store, 'objects', 'artifacts', service, `${id}.zip`)).catch(() => undefined);
    if (zip === undefined) wrongs.push(`the store lost ${id}`);
    else if (createHash('sha256').update(zip).digest('hex') !== expected) wrongs.push(`the store changed ${id}`);
  }
  return wrongs;
}

function whatWasAccepted({ releases, artifacts }: Truth, memory: BurstMemory): string[] {
  const wrongs: string[] = [];
  const known = new Map(releases.map((release) => [release.id, release]));
  for (const { releaseId, outcome, environment } of memory.outcomes) {
    const row = known.get(releaseId);
    if (row === undefined) wrongs.push(`${releaseId} was ${outcome} for ${environment} and is not recorded`);
    else if (outcome === 'accepted' && row.commit_sha === null)
      wrongs.push(`${releaseId} was accepted and is ${row.state}`);
    else if (outcome === 'denied' && row.state !== 'denied') wrongs.push(`${releaseId} was denied and is ${row.state}`);
  }
  const ready = new Set(artifacts.filter(({ state }) => state === 'ready').map(({ id }) => id));
  for (const { spec } of memory.artifacts) {
    if (!ready.has(spec.id)) wrongs.push(`${spec.id} was ready and is not recorded as such`);
    if (spec.source.branch !== 'main') continue;
    const automatic = releases.filter((release) => release.automatic && release.artifact_id === spec.id);
    if (automatic.length !== 1) wrongs.push(`${spec.id} was released ${automatic.length} times by automation`);
  }
  const byHand = releases.filter(({ automatic }) => !automatic).length;
  const remembered = new Set(memory.outcomes.map(({ releaseId }) => releaseId)).size;
  if (byHand !== remembered) wrongs.push(`${byHand} releases by hand are recorded, ${remembered} were asked for`);
  return wrongs;
}

function judgeRelease(release: ReleaseRow, truth: Truth): string[] {
  const { id, state, commit_sha: sha } = release;
  const wrongs = unfinished.has(state) ? [`${id} is still ${state}`] : [];
  const inGit = truth.commits.filter((commit) => commit.releaseId === id);
  const inLedger = truth.committedEntries.get(id) ?? 0;
  if (inGit.length !== (sha === null ? 0 : 1)) wrongs.push(`${id} is ${state} and in ${inGit.length} commits`);
  if (sha !== null && inGit.every((commit) => commit.sha !== sha)) wrongs.push(`${id} is not in the commit ${sha}`);
  if (inLedger !== inGit.length) wrongs.push(`the ledger says ${inLedger} times that ${id} was committed`);
  return sha === null ? [...wrongs, ...judgeStopped(release, truth)] : wrongs;
}

/** What never reached git was stopped by a rule, or gave way to something newer. */
function judgeStopped(release: ReleaseRow, { releases }: Truth): string[] {
  const { id, state, automatic, decision, superseded_by: by } = release;
  if (state === 'denied') return decision?.verdict === 'denied' ? [] : [`${id} is denied by no rule`];
  if (state !== 'superseded') return [];
  if (!automatic) return [`${id} of a person was superseded before it was committed`];
  const known = releases.some((other) => other.id === by || other.artifact_id === by);
  return known ? [] : [`${id} is superseded by ${by ?? 'nothing'}`];
}

/** Automation brings the builds of main to dev in their order: an older one may give way, the last one never does. */
function whatAutomationOwes({ releases }: Truth, { artifacts }: BurstMemory): string[] {
  const builds = new Map<string, string[]>();
  for (const { spec } of artifacts)
    if (spec.source.branch === 'main') builds.set(spec.service, [...(builds.get(spec.service) ?? []), spec.id]);
  const automatic = releases.filter((release) => release.automatic);
  return [...builds].flatMap(([service, ids]) => {
    const newest = automatic.find(({ artifact_id: artifact }) => artifact === ids.at(-1));
    const wrongs = newest?.commit_sha ? [] : [`the newest build of ${service} did not go out by itself`];
    const gaveWay = automatic.filter((release) => ids.includes(release.artifact_id) && release.state === 'superseded');
    for (const { id, artifact_id: artifact, superseded_by: by } of gaveWay) {
      const winner = automatic.find((release) => release.id === by)?.artifact_id ?? by ?? '';
      if (ids.indexOf(winner) <= ids.indexOf(artifact)) wrongs.push(`${id} gave way to ${winner}, which is not newer`);
    }
    return wrongs;
  });
}

function targetOf({ environment, service }: ReleaseRow): string {
  return `${environment}/${service}`;
}

function whatGitHolds({ releases, commits, folders }: Truth): string[] {
  const known = new Set(releases.map(({ id }) => id));
  const strange = commits.filter(({ releaseId }) => !known.has(releaseId));
  const wrongs = strange.map(({ releaseId, sha }) => `${sha} speaks of ${releaseId}, which is not recorded`);
  const targets = new Set(commits.map(({ target }) => target));
  for (const target of targets) {
    const last = lastOf(target, releases);
    const there = folders.get(target);
    const expected = { releaseId: last?.id, artifactId: last?.artifact_id };
    if (!isDeepStrictEqual({ ...there }, expected))
      wrongs.push(`${target} holds ${JSON.stringify(there)}, and the last release is ${JSON.stringify(expected)}`);
  }
  if (folders.size !== targets.size) wrongs.push(`${folders.size} folders for ${targets.size} targets`);
  return wrongs;
}

/** By the order of the queue. */
function lastOf(target: string, releases: readonly ReleaseRow[]): ReleaseRow | undefined {
  return releases
    .filter((release) => targetOf(release) === target && release.commit_sha !== null)
    .toSorted((a, b) => Number(a.queue_seq) - Number(b.queue_seq))
    .at(-1);
}

/** First queued, first committed, for each target. */
function order({ releases, commits }: Truth): string[] {
  const placeOf = new Map(releases.map((release) => [release.id, Number(release.queue_seq)]));
  const last = new Map<string, number>();
  return commits.flatMap(({ target, releaseId }) => {
    const place = placeOf.get(releaseId) ?? 0;
    const before = last.get(target) ?? 0;
    last.set(target, place);
    return place > before ? [] : [`${releaseId} overtook an earlier release of ${target}`];
  });
}
