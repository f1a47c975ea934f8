import type { Db } from '@release-manager/postgres';

import type { ClusterPlace } from '../intake/observation-store.ts';
import type { FluxHint } from './flux-event.ts';

/** Events that are kept per cluster; whoever sends more pushes out the oldest. */
const mostEvents = 500;

interface ObservedName {
  readonly environment: string;
  readonly cluster: string;
  readonly type: string;
  readonly namespace: string;
  readonly name: string;
  readonly service: string | null;
}

/** `flux_events`: what Flux said by itself, each once however often it comes. */
export class FluxEventStore {
  readonly #db: Db;
  readonly #place: ClusterPlace;

  constructor(db: Db, place: ClusterPlace) {
    this.#db = db;
    this.#place = place;
  }

  /** Whose Kustomization it is, as the daemon has seen it; nobody's where it has not. */
  async serviceOf({ kind, namespace, name }: FluxHint['object']): Promise<string | undefined> {
    if (kind !== 'Kustomization') return undefined;
    const row = await this.#db<ObservedName>('observed_objects')
      .where({ ...this.#place, type: 'kustomization', namespace, name })
      .whereNotNull('service')
      .first('service');
    return row?.service ?? undefined;
  }

  /** @returns whether it is new. */
  async put(hint: FluxHint, service: string | undefined, at: Date): Promise<boolean> {
    const { object, severity, reason, message, revision, digest } = hint;
    const { rows } = await this.#db.raw<{ rows: { times: number }[] }>(
      `insert into flux_events (environment, cluster, digest, service, object, severity, reason, message, revision, first_at, last_at)
       values (:environment, :cluster, :digest, :service, :object, :severity, :reason, :message, :revision, :at, :at)
       on conflict (environment, cluster, digest) do update set times = flux_events.times + 1, last_at = excluded.last_at
       returning times`,
      {
        ...this.#place,
        digest,
        service: service ?? null,
        object: `${object.kind} ${object.namespace}/${object.name}`,
        severity,
        reason,
        message,
        revision: revision ?? null,
        at,
      },
    );
    const isNew = rows[0]?.times === 1;
    if (isNew) await this.#trim();
    return isNew;
  }

  async #trim(): Promise<void> {
    await this.#db('flux_events')
      .where(this.#place)
      .whereIn(
        'digest',
        this.#db('flux_events').where(this.#place).orderBy('last_at', 'desc').offset(mostEvents).select('digest'),
      )
      .delete();
  }
}
