import type { BuildView, Check } from '@release-manager/contract';
import { compact, type Actor } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import type { Build, BuildState } from './build.ts';

interface BuildRow {
  service: string;
  id: string;
  seq: number;
  state: string;
  branch: string;
  sha: string;
  source: BuildView['source'];
  ci: BuildView['ci'];
  checks: Check[];
  artifact_id: string | null;
  reported_by: Actor;
  started_at: Date;
  updated_at: Date;
  ended_at: Date | null;
}

export interface BuildKey {
  readonly service: string;
  readonly id: string;
}

export interface BuildFilter {
  readonly service?: string | undefined;
  readonly state?: BuildState | undefined;
}

/** What a report says, with what was known before merged in. */
export interface ReportedBuild {
  readonly source: BuildView['source'];
  readonly ci: BuildView['ci'];
  readonly checks: readonly Check[];
}

/** The table `builds`. What writes belongs into a transaction that has locked the build. */
export class BuildStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find({ service, id }: BuildKey): Promise<Build | undefined> {
    const row = await this.#db<BuildRow>('builds').where({ service, id }).first();
    return row === undefined ? undefined : toBuild(row);
  }

  /** The last begun first, before the position `before`. */
  async list(filter: BuildFilter, limit: number, before?: number): Promise<readonly Build[]> {
    const { service, state } = filter;
    const query = this.#db<BuildRow>('builds').where(compact({ service, state })).orderBy('seq', 'desc').limit(limit);
    if (before !== undefined) void query.where('seq', '<', before);
    return (await query).map(toBuild);
  }

  async lock({ service, id }: BuildKey): Promise<Build | undefined> {
    const row = await this.#db<BuildRow>('builds').where({ service, id }).forUpdate().first();
    return row === undefined ? undefined : toBuild(row);
  }

  /** Undefined when the build was reported a moment ago: it waits for that other transaction, so that `lock` then finds it. */
  async insert(key: BuildKey, reported: ReportedBuild, by: Actor, at: Date): Promise<Build | undefined> {
    const [row] = await this.#db<BuildRow>('builds')
      .insert({
        ...key,
        ...columns(reported),
        state: 'running',
        branch: reported.source.branch,
        sha: reported.source.sha,
        reported_by: jsonb(by),
        started_at: at,
        updated_at: at,
      } as never)
      .onConflict(['service', 'id'])
      .ignore()
      .returning('*');
    return row === undefined ? undefined : toBuild(row);
  }

  /** What was reported anew. A build that was given up runs again; a finished one stays finished. */
  async report({ service, id, state }: Build, reported: ReportedBuild, at: Date): Promise<Build | undefined> {
    const again = state === 'abandoned' ? { state: 'running', ended_at: null } : {};
    const [row] = await this.#db<BuildRow>('builds')
      .where({ service, id })
      .update({ ...columns(reported), ...again, updated_at: at } as never)
      .returning('*');
    return row === undefined ? undefined : toBuild(row);
  }

  async finish({ service, id }: BuildKey, artifactId: string, at: Date): Promise<void> {
    await this.#db('builds')
      .where({ service, id })
      .update({ state: 'finished', artifact_id: artifactId, updated_at: at, ended_at: at });
  }

  /** Gives up builds that nobody has heard of since, at most `limit`; the ones that somebody works on at this moment are left. */
  async abandon(silentSince: Date, at: Date, limit: number): Promise<readonly Build[]> {
    const silent = this.#db('builds')
      .where({ state: 'running' })
      .where('updated_at', '<', silentSince)
      .orderBy('updated_at')
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .select('seq');
    const rows = await this.#db<BuildRow>('builds')
      .whereIn('seq', silent)
      .update({ state: 'abandoned', ended_at: at })
      .returning('*');
    return rows.map(toBuild);
  }
}

function columns({ source, ci, checks }: ReportedBuild): Record<string, unknown> {
  return { source: jsonb(source), ci: jsonb(ci), checks: jsonb(checks) };
}

function toBuild(row: BuildRow): Build {
  return {
    service: row.service,
    id: row.id,
    seq: row.seq,
    state: row.state as BuildState,
    source: row.source,
    ci: row.ci,
    checks: row.checks,
    reportedBy: row.reported_by,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    ...(row.artifact_id === null ? {} : { artifactId: row.artifact_id }),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  };
}
