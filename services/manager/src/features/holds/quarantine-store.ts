import { newId, type Actor } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import type { NewStop, Quarantine, Target } from './hold.ts';

export interface QuarantineRow {
  id: string;
  artifact_id: string;
  service: string;
  environment: string;
  reason: string;
  actor: Actor;
  since: Date;
  release_id: string | null;
  provisional: boolean;
}

/** An artifact in an environment. */
export interface ArtifactPlace {
  readonly artifactId: string;
  readonly environment: string;
}

export interface NewQuarantine extends Target, NewStop {
  readonly artifactId: string;
}

export interface QuarantineFilter {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly artifactId?: string | undefined;
  readonly after?: string | undefined;
}

/** A statement takes 65,535 values. */
const rowsAtOnce = 1_000;

/** `quarantines`. As with holds, a provisional one stands beside the firm one. */
export class QuarantineStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /**
   * Sets a quarantine; a firm one takes the place of the firm one before it. The caller holds the lock of the target.
   */
  async set(quarantine: NewQuarantine): Promise<Quarantine> {
    const { artifactId, environment, releaseId } = quarantine;
    if (releaseId === undefined)
      await this.#db('quarantines').where({ artifact_id: artifactId, environment, provisional: false }).del();
    const row: QuarantineRow = {
      id: newId('qua', quarantine.at),
      artifact_id: artifactId,
      service: quarantine.service,
      environment,
      reason: quarantine.reason,
      actor: quarantine.actor,
      since: quarantine.at,
      release_id: releaseId ?? null,
      provisional: releaseId !== undefined,
    };
    await this.#db('quarantines').insert({ ...row, actor: jsonb(row.actor) });
    return toQuarantine(row);
  }

  /** Puts back what a file of the config repo remembers; it is firm. */
  async restore(quarantines: readonly Omit<Quarantine, 'id' | 'provisional'>[]): Promise<void> {
    const rows = quarantines.map((each) => ({
      id: newId('qua', each.since),
      artifact_id: each.artifactId,
      service: each.service,
      environment: each.environment,
      reason: each.reason,
      actor: jsonb(each.actor),
      since: each.since,
      release_id: each.releaseId ?? null,
    }));
    for (let start = 0; start < rows.length; start += rowsAtOnce)
      await this.#db('quarantines').insert(rows.slice(start, start + rowsAtOnce));
  }

  /** Forgets the firm ones of the target. */
  async removeFirm({ service, environment }: Target): Promise<void> {
    await this.#db('quarantines').where({ service, environment, provisional: false }).del();
  }

  async of(place: ArtifactPlace): Promise<Quarantine | undefined> {
    return (await this.ofPlaces([place])).get(placeKey(place));
  }

  /** By `environment/artifact`; of several the one that was set last. */
  async ofPlaces(places: readonly ArtifactPlace[]): Promise<ReadonlyMap<string, Quarantine>> {
    if (places.length === 0) return new Map();
    // By the artifact alone an index is walked, however many quarantines there are; an artifact has few.
    const ids = [...new Set(places.map(({ artifactId }) => artifactId))];
    const keys = new Set(places.map(placeKey));
    const found = (await this.#rows().whereIn('artifact_id', ids)).map(toQuarantine);
    return new Map(found.map((each) => [placeKey(each), each] as const).filter(([key]) => keys.has(key)));
  }

  /** Which artifacts of the service may not be released to the environment. */
  async artifactsOf({ service, environment }: Target): Promise<ReadonlySet<string>> {
    const ids = await this.#rows().where({ service, environment }).select('artifact_id');
    return new Set(ids.map((row) => row.artifact_id));
  }

  async ofServices(services: readonly string[]): Promise<readonly Quarantine[]> {
    return (await this.#rows().whereIn('service', [...services])).map(toQuarantine);
  }

  /** Removes it, a provisional one too. @returns what stood there */
  async lift({ artifactId, environment }: ArtifactPlace): Promise<readonly Quarantine[]> {
    const rows = await this.#db<QuarantineRow>('quarantines')
      .where({ artifact_id: artifactId, environment })
      .del()
      .returning('*');
    return rows.map(toQuarantine);
  }

  /** The oldest first, after the last id of the page before: ids are in the order of their time. */
  async list(filter: QuarantineFilter, limit: number): Promise<readonly Quarantine[]> {
    const { service, environment, artifactId, after } = filter;
    const query = this.#db<QuarantineRow>('quarantines').orderBy('id').limit(limit);
    if (after !== undefined) void query.where('id', '>', after);
    if (service !== undefined) void query.where({ service });
    if (environment !== undefined) void query.where({ environment });
    if (artifactId !== undefined) void query.where({ artifact_id: artifactId });
    return (await query).map(toQuarantine);
  }

  #rows() {
    return this.#db<QuarantineRow>('quarantines').orderBy(['since', 'id']);
  }
}

export function placeKey({ environment, artifactId }: ArtifactPlace): string {
  return `${environment}/${artifactId}`;
}

export function toQuarantine(row: QuarantineRow): Quarantine {
  return {
    id: row.id,
    artifactId: row.artifact_id,
    service: row.service,
    environment: row.environment,
    reason: row.reason,
    actor: row.actor,
    since: row.since,
    provisional: row.provisional,
    ...(row.release_id === null ? {} : { releaseId: row.release_id }),
  };
}
