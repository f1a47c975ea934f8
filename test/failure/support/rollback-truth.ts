import { parseTrailers } from '@release-manager/config-repo';
import type { Database } from '@release-manager/postgres';
import type { GitServer } from '@release-manager/testing';

import { actors, repository, type Past, type RollbackAnswer } from './rollback-scene.ts';

export interface ReleaseRow {
  readonly id: string;
  readonly service: string;
  readonly environment: string;
  readonly artifact_id: string;
  readonly automatic: boolean;
  readonly intent: string;
  readonly state: string;
  readonly requested_at: Date;
  readonly commit_sha: string | null;
}

interface RollbackRow {
  readonly service: string;
  readonly release_id: string | null;
  readonly from_artifact_id: string | null;
  readonly to_artifact_id: string;
  readonly cancelled: readonly string[];
  readonly accepted_at: Date;
}

interface StopRow {
  readonly service: string;
  readonly environment: string;
  readonly artifact_id?: string;
  readonly provisional: boolean;
}

/** What stands in the database and in git, read without the manager. */
export interface RollbackTruth {
  readonly releases: readonly ReleaseRow[];
  readonly rollbacks: readonly RollbackRow[];
  readonly holds: readonly StopRow[];
  readonly quarantines: readonly StopRow[];
  /** Releases with the times at which a push that contains them was recorded. */
  readonly pushes: readonly { readonly release_id: string; readonly created_at: Date }[];
  /** Ids of releases for which the ledger has an entry of this kind. */
  readonly said: (kind: string) => ReadonlySet<string>;
  /** Release ids of the commits that changed a target of production, the first one first. */
  readonly commits: ReadonlyMap<string, readonly string[]>;
  /** `state/<environment>/<service>.json` at the tip. */
  readonly stateFile: (environment: string, service: string) => string;
  /** The artifact in the folder at the tip. */
  readonly inFolder: (service: string) => string | undefined;
}

export async function readRollbackTruth({ db }: Database, git: GitServer): Promise<RollbackTruth> {
  const entries = await db<{ kind: string; release_id: string | null }>('ledger').select('kind', 'release_id');
  const files = await readFiles(git);
  return {
    releases: await db<ReleaseRow>('releases').select('*').orderBy('seq'),
    rollbacks: await db<RollbackRow>('rollbacks').select('*'),
    holds: await db<StopRow>('holds').select('*'),
    quarantines: await db<StopRow>('quarantines').select('*'),
    pushes: await db('push_attempt_releases as r')
      .join('push_attempts as a', 'a.id', 'r.attempt_id')
      .select<{ release_id: string; created_at: Date }[]>('r.release_id', 'a.created_at'),
    said: (kind) => new Set(entries.flatMap((entry) => (entry.kind === kind ? [entry.release_id ?? ''] : []))),
    commits: await readCommits(git),
    stateFile: (environment, service) => files.get(`state/${environment}/${service}.json`) ?? '',
    inFolder(service) {
      const text = files.get(`prod/releases/shop/${service}/artifact.json`);
      return text === undefined ? undefined : (JSON.parse(text) as { id: string }).id;
    },
  };
}

async function readCommits(git: GitServer): Promise<ReadonlyMap<string, readonly string[]>> {
  const log = await git.git(repository, 'log', '--reverse', '--format=%B%x1e', 'main');
  const commits = new Map<string, string[]>();
  for (const message of log.split('\u001e')) {
    const trailers = parseTrailers(message.trim());
    if (trailers?.releaseId === undefined || trailers.environment !== 'prod') continue;
    commits.set(trailers.service, [...(commits.get(trailers.service) ?? []), trailers.releaseId]);
  }
  return commits;
}

/** By one process: one for each file would take longer than everything that is tested. */
async function readFiles(git: GitServer): Promise<ReadonlyMap<string, string>> {
  const wanted = [':(glob)prod/releases/*/*/artifact.json', ':(glob)state/**'];
  const lines = await git.git(repository, 'grep', '--no-color', '-z', '-e', '', 'main', '--', ...wanted);
  const files = new Map<string, string>();
  for (const line of lines.split('\n').filter((each) => each !== '')) {
    const [path = '', text = ''] = line.slice('main:'.length).split('\0');
    files.set(path, `${files.get(path) ?? ''}${text}\n`);
  }
  return files;
}

/** Everything that is not as it has to be, in words. */
export function findRollbackWrongs(
  truth: RollbackTruth,
  pasts: ReadonlyMap<string, Past>,
  answers: ReadonlyMap<string, RollbackAnswer>,
): string[] {
  return actors.flatMap(({ service }) => {
    const past = pasts.get(service);
    const answer = answers.get(service);
    if (past === undefined || answer === undefined) return [`nobody knows how ${service} came out`];
    const rows = truth.rollbacks.filter((row) => row.service === service);
    const [row] = rows;
    if (row === undefined || rows.length > 1) return [`${service} was rolled back ${rows.length} times`];
    const wrongs = [...judgeOne(truth, row), ...automation(truth, row)];
    if (answer.outcome === 'already-there') wrongs.push(`the first to ask was told that ${service} is there already`);
    if ((answer.release?.id ?? null) !== row.release_id && answer.outcome !== 'done')
      wrongs.push(`${service}: the answer was ${answer.release?.id}, on record is ${row.release_id}`);
    if (row.to_artifact_id !== past.good) wrongs.push(`${service} went back to ${row.to_artifact_id}`);
    return wrongs.map((wrong) => `${service}: ${wrong}`);
  });
}

function judgeOne(truth: RollbackTruth, row: RollbackRow): string[] {
  const release = truth.releases.find(({ id }) => id === row.release_id);
  const commits = truth.commits.get(row.service) ?? [];
  const times = commits.filter((id) => id === row.release_id).length;
  if (row.release_id === null) return [...cancelled(truth, row), ...stands(truth, row)];
  if (release === undefined) return [`${row.release_id} is not recorded`];
  if (release.state === 'committed')
    return [
      ...(times === 1 ? [] : [`its rollback is in ${times} commits`]),
      ...cancelled(truth, row),
      ...stands(truth, row),
    ];
  if (release.state !== 'denied') return [`its rollback is ${release.state}`];
  return [
    ...(times === 0 ? [] : ['its rollback was denied and committed']),
    ...(truth.said('release.denied').has(release.id) ? [] : ['the ledger does not say that it was denied']),
    ...gone(truth, row),
  ];
}

/** What was taken back never reached the config repo, and the ledger says why. */
function cancelled(truth: RollbackTruth, row: RollbackRow): string[] {
  return row.cancelled.flatMap((id) => {
    const release = truth.releases.find((each) => each.id === id);
    return [
      ...(release?.state === 'cancelled' ? [] : [`${id} was cancelled and is ${release?.state}`]),
      ...((truth.commits.get(row.service) ?? []).includes(id) ? [`${id} was cancelled and committed`] : []),
      ...(truth.said('release.cancelled').has(id) ? [] : [`the ledger does not say that ${id} was cancelled`]),
    ];
  });
}

/** Hold and quarantine, firm, in rows and files; and the folder holds what was put back. */
function stands(truth: RollbackTruth, row: RollbackRow): string[] {
  const there = truth.inFolder(row.service);
  return [
    ...holdStands(truth, row),
    ...['dev', 'prod'].flatMap((environment) => quarantineStands(truth, row, environment)),
    ...(there === row.to_artifact_id ? [] : [`production holds ${there}`]),
  ];
}

function holdStands(truth: RollbackTruth, { service }: RollbackRow): string[] {
  const holds = truth.holds.filter((hold) => hold.service === service && hold.environment === 'prod');
  const isFirm = holds.length === 1 && holds.every(({ provisional }) => !provisional);
  return [
    ...(isFirm ? [] : [`${holds.length} holds, or one that is not firm`]),
    ...(truth.stateFile('prod', service).includes('"hold"') ? [] : ['its state file has no hold']),
  ];
}

function quarantineStands(truth: RollbackTruth, row: RollbackRow, environment: string): string[] {
  const { service, from_artifact_id: bad } = row;
  const rows = truth.quarantines.filter((each) => each.service === service && each.environment === environment);
  const isFirm = rows.length === 1 && rows.every((each) => !each.provisional && each.artifact_id === bad);
  const isNamed = truth.stateFile(environment, service).includes(bad ?? 'nothing');
  return [
    ...(isFirm ? [] : [`${rows.length} quarantines in ${environment}, or one that is not firm or of something else`]),
    ...(isNamed ? [] : [`its state file of ${environment} does not name ${bad}`]),
  ];
}

function gone(truth: RollbackTruth, { service }: RollbackRow): string[] {
  const left = [...truth.holds, ...truth.quarantines].filter((stop) => stop.service === service);
  const files = ['dev', 'prod'].filter((environment) => truth.stateFile(environment, service) !== '');
  return [
    ...(left.length === 0 ? [] : [`it was refused, and ${left.length} holds and quarantines are left`]),
    ...(files.length === 0 ? [] : [`it was refused, and state files are left in ${files.join(', ')}`]),
  ];
}

/** From the acceptance on nothing automatic is sent there, unless the rollback was refused. */
function automation(truth: RollbackTruth, row: RollbackRow): string[] {
  const rollback = truth.releases.find(({ id }) => id === row.release_id);
  if (rollback?.state === 'denied') return [];
  const automatic = truth.releases.filter(
    (release) => release.automatic && release.service === row.service && release.environment === 'prod',
  );
  const late = automatic.filter(
    ({ id, commit_sha: sha, requested_at: at }) =>
      (sha !== null && at > row.accepted_at) ||
      truth.pushes.some((push) => push.release_id === id && push.created_at > row.accepted_at),
  );
  return late.map(({ id, state }) => `${id} is automatic, ${state}, and was sent after the rollback was accepted`);
}
