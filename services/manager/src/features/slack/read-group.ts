import type { Check } from '@release-manager/contract';
import { actorName, compact } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { ArtifactRecords, type Artifact } from '../artifacts/index.ts';
import { HoldStore } from '../holds/index.ts';
import { ReleaseStore, toReleaseView, type Release } from '../releases/index.ts';
import { ServiceRecords } from '../services/index.ts';
import { parseGroup, type GroupKey } from './group-key.ts';
import type { GroupView, ShownBuild, ShownSource, ShownTarget } from './group-view.ts';

export interface ReadGroupDeps {
  readonly db: Db;
  readonly now: Date;
  /** The names of the environments, in the order of promotion. */
  readonly environments: readonly string[];
  /** The page of a release. */
  readonly releaseUrl: (id: string) => string;
}

interface BuildFacts {
  readonly state: ShownBuild['state'];
  readonly source: {
    readonly repository: string;
    readonly branch: string;
    readonly sha: string;
    readonly message?: string | undefined;
    readonly url?: string | undefined;
    readonly author: { readonly name: string };
  };
  readonly ci: { readonly jobUrl?: string };
  readonly checks: readonly Check[];
  readonly artifact_id: string | null;
}

interface GroupRows {
  readonly service: string;
  readonly releases: readonly Release[];
  readonly artifact?: Artifact | undefined;
  readonly build?: BuildFacts | undefined;
}

/** Releases that one command or merge can have. */
const mostReleases = 100;

/** What a message shows, as it is now; nothing when there is nothing of it. */
export async function readGroup(deps: ReadGroupDeps, group: string): Promise<GroupView | undefined> {
  const key = parseGroup(group);
  const rows = key === undefined ? undefined : await readRows(deps.db, key);
  if (rows === undefined) return undefined;
  const { service: name, artifact, build } = rows;
  const service = await new ServiceRecords(deps.db).find(name);
  const targets = await readTargets(deps, lastOfEach(rows.releases));
  return {
    service: name,
    owner: service?.owner,
    artifact: artifact === undefined ? build && sourceOfBuild(build) : sourceOf(artifact),
    build: build && shownBuild(build),
    targets,
    links: { runbook: service?.links['runbook'], dashboard: service?.links['dashboard'] },
  };
}

async function readRows(db: Db, key: GroupKey): Promise<GroupRows | undefined> {
  const store = new ReleaseStore(db);
  switch (key.kind) {
    case 'request': {
      const releases = await store.list({ requestId: key.id }, mostReleases);
      const [first] = releases;
      if (first === undefined) return undefined;
      return { service: first.service, releases, artifact: await artifactOf(db, first.artifactId) };
    }
    case 'artifact': {
      const artifact = await artifactOf(db, key.id);
      if (artifact === undefined) return undefined;
      return { service: artifact.service, releases: await automaticOf(store, artifact.id), artifact };
    }
    case 'build': {
      const build = (await db('builds').where({ service: key.service, id: key.id }).first()) as BuildFacts | undefined;
      if (build === undefined) return undefined;
      const artifact = await artifactOf(db, build.artifact_id ?? undefined);
      const releases = artifact === undefined ? [] : await automaticOf(store, artifact.id);
      return { service: key.service, releases, artifact, build };
    }
    case 'digest':
      return undefined;
  }
}

function artifactOf(db: Db, id: string | undefined): Promise<Artifact | undefined> {
  return id === undefined ? Promise.resolve(undefined) : new ArtifactRecords(db).find(id);
}

async function automaticOf(store: ReleaseStore, artifactId: string): Promise<readonly Release[]> {
  return (await store.list({ artifactId }, mostReleases)).filter(({ automatic }) => automatic);
}

/** Given the newest first. An environment that was tried twice shows the last try. */
function lastOfEach(releases: readonly Release[]): readonly Release[] {
  const last = new Map<string, Release>();
  for (const release of releases) if (!last.has(release.environment)) last.set(release.environment, release);
  return [...last.values()];
}

async function readTargets(
  { db, now, environments, releaseUrl }: ReadGroupDeps,
  releases: readonly Release[],
): Promise<readonly ShownTarget[]> {
  const ids = releases.map(({ id }) => id);
  const [holds, newest, incidents, recovered] = await Promise.all([
    new HoldStore(db).ofTargets(releases, now),
    newestCommitted(db, releases),
    openIncidents(db, ids),
    recoveredAmong(db, ids),
  ]);
  const rank = (name: string): number => (environments.includes(name) ? environments.indexOf(name) : Infinity);
  return releases
    .toSorted((a, b) => rank(a.environment) - rank(b.environment) || (a.environment < b.environment ? -1 : 1))
    .map((release) => {
      const hold = holds.get(`${release.environment}/${release.service}`);
      const newer = newest.get(release.environment);
      return {
        ...plainTarget(release),
        url: releaseUrl(release.id),
        recovered: release.state === 'healthy' && recovered.has(release.id),
        isPast: newer !== undefined && newer !== release.id && release.committedAt !== undefined,
        incident: incidents.get(release.id),
        hold: hold && { reason: hold.reason, by: actorName(hold.actor) },
      };
    });
}

function plainTarget(release: Release) {
  const { id: releaseId, service, environment, state, intent, automatic, artifactId: artifact } = release;
  const { reason, failure, rolledBackBy, updatedAt: at } = release;
  return {
    ...compact({ releaseId, service, environment, state, intent, automatic, artifact, reason, rolledBackBy, at }),
    by: actorName(release.actor),
    says: toReleaseView(release).says,
    failure: failure?.message,
    next: failure?.next,
    endsCommitted: state === 'committed' && release.watched !== true,
  };
}

/** What is in each environment of a service, or on its way into the cluster there. */
async function newestCommitted(db: Db, releases: readonly Release[]): Promise<ReadonlyMap<string, string>> {
  const service = releases[0]?.service;
  if (service === undefined) return new Map();
  const rows: { id: string; environment: string }[] = await db('releases')
    .distinctOn('environment')
    .where({ service })
    .whereIn(
      'environment',
      releases.map(({ environment }) => environment),
    )
    .whereNotNull('committed_at')
    .orderBy([{ column: 'environment' }, { column: 'queue_seq', order: 'desc' }])
    .select('id', 'environment');
  return new Map(rows.map(({ id, environment }) => [environment, id]));
}

async function openIncidents(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, ShownTarget['incident']>> {
  const rows: { release_id: string; object: string; why: { message?: unknown }; times: number }[] = await db(
    'incidents',
  )
    .whereIn('release_id', [...ids])
    .whereNull('closed_at')
    .orderBy('opened_at')
    .select('release_id', 'object', 'why', 'times');
  return new Map(
    rows.map(({ release_id: id, object, why, times }) => [
      id,
      { says: `${object}: ${typeof why.message === 'string' ? why.message : 'crashed'}`, times },
    ]),
  );
}

async function recoveredAmong(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows: { release_id: string }[] = await db('ledger')
    .whereIn('release_id', [...ids])
    .where({ kind: 'release.recovered' })
    .select('release_id');
  return new Set(rows.map(({ release_id: id }) => id));
}

function sourceOf({ id, branch, sha, spec: { source } }: Artifact): ShownSource {
  return { ...sourceOfBuild({ source: { ...source, branch, sha } }), id };
}

function sourceOfBuild({ source }: Pick<BuildFacts, 'source'>): ShownSource {
  const { branch, sha, message, author } = source;
  return { branch, sha, message, url: commitUrl(source), author: author.name };
}

/** The page of the commit, as CI says; only on the host of the repository, since the link bears the name of a branch. */
function commitUrl({ url, repository }: BuildFacts['source']): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const host = /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([^/:]+)/i.exec(repository)?.[1]?.toLowerCase();
  return new URL(url).hostname === host ? url : undefined;
}

function shownBuild({ state, ci, checks }: BuildFacts): ShownBuild {
  return { state, jobUrl: ci.jobUrl, steps: checks.map(({ name, status }) => ({ name, status })) };
}
