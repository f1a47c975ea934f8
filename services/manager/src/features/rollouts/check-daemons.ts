import type { ConfigSnapshot } from '@release-manager/config-repo';
import type { DaemonFacts, DoctorCheck } from '@release-manager/contract';
import type { Database } from '@release-manager/postgres';

interface DaemonRow {
  readonly environment: string;
  readonly cluster: string;
  readonly version: string;
  readonly facts: DaemonFacts;
  readonly heard_at: Date;
}

export interface DaemonCheckDeps {
  readonly database: Database;
  readonly snapshot: () => ConfigSnapshot;
  readonly now: () => Date;
}

/** A heartbeat comes several times a minute. */
const silentSeconds = 120;

/** Of the sliced layout alone, which a cluster may do without. */
const optionalKinds: ReadonlySet<string> = new Set(['ExternalArtifact', 'ArtifactGenerator']);

/** Services in one environment from which on the sliced layout is worth it; docs/performance.md has the figures. */
const manyServices = 100;

/** What is wrong with the daemons: silent, blind for something, or of a cluster that nobody named. */
export async function checkDaemons({ database, snapshot, now }: DaemonCheckDeps): Promise<readonly DoctorCheck[]> {
  const rows = await database.db<DaemonRow>('daemons').orderBy(['environment', 'cluster']);
  const { environments } = snapshot();
  const checks = rows.map((row) => checkDaemon(row, environments, now()));
  const missing = environments.flatMap(({ name, clusters }) => {
    const heard = rows.filter((row) => row.environment === name).map(({ cluster }) => cluster);
    // Where nobody reports at all, releases end at committed: a choice, and no fault.
    return heard.length === 0
      ? []
      : clusters.filter((cluster) => !heard.includes(cluster)).map((cluster) => neverHeard(name, cluster));
  });
  return [...checks, ...missing, ...(await checkLayouts(database, environments, rows))];
}

function checkDaemon(row: DaemonRow, environments: ConfigSnapshot['environments'], now: Date): DoctorCheck {
  const name = `daemon ${row.environment}/${row.cluster}`;
  const seconds = Math.round((now.getTime() - row.heard_at.getTime()) / 1000);
  const { unwatched, backlog, synced } = row.facts;
  const environment = environments.find((each) => each.name === row.environment);
  if (environment?.clusters.includes(row.cluster) !== true) {
    const next = `add ${row.cluster} to the clusters of ${row.environment} in release-manager.yaml, or revoke its token`;
    return { name, status: 'warning', message: 'reports from a cluster that no environment names', next };
  }
  if (seconds > silentSeconds) {
    const next = 'see whether it runs and reaches the manager; releases there wait meanwhile';
    return { name, status: 'failed', message: `was heard last ${seconds} s ago`, next };
  }
  const missing = unwatched.filter(({ kind }) => !optionalKinds.has(kind));
  if (missing.length > 0) {
    const message = `cannot watch ${missing.map(({ kind, why }) => `${kind} (${why})`).join(', ')}`;
    return {
      name,
      status: 'warning',
      message,
      next: 'give its ServiceAccount the rights of deploy/, or install what is missing',
    };
  }
  const progress = synced ? `${backlog} observations are on their way` : 'reads its first lists';
  return { name, status: 'ok', message: `version ${row.version}, ${progress}` };
}

function neverHeard(environment: string, cluster: string): DoctorCheck {
  return {
    name: `daemon ${environment}/${cluster}`,
    status: 'failed',
    message: 'has never reported, and releases wait for it',
    next: `start one there, or take ${cluster} out of the clusters of ${environment}`,
  };
}

/** Recommends slices where the cluster can and the number of services makes it worth it. */
async function checkLayouts(
  database: Database,
  environments: ConfigSnapshot['environments'],
  rows: readonly DaemonRow[],
): Promise<readonly DoctorCheck[]> {
  const able = environments.filter(({ name, flux }) => {
    const its = rows.filter(({ environment }) => environment === name);
    return (
      flux.layout === 'plain' &&
      its.length > 0 &&
      its.every(({ facts }) => facts.hasExternalArtifacts && facts.hasArtifactGenerators)
    );
  });
  if (able.length === 0) return [];
  const counts = await database.db.raw<{ rows: { environment: string; count: number }[] }>(
    'select environment, count(*)::integer as count from owned_folders where environment = any(?::text[]) group by environment',
    [able.map(({ name }) => name)],
  );
  return counts.rows
    .filter(({ count }) => count >= manyServices)
    .map(({ environment, count }) => ({
      name: `flux ${environment}`,
      status: 'warning' as const,
      message: `every release makes Flux look at all ${count} services of ${environment}`,
      next: `set \`flux: { layout: sliced }\` for ${environment}: then it looks at the one that changed`,
    }));
}
