import type { CrashLog, DaemonFacts, ListingFacts } from '@release-manager/contract';
import { jsonb, type Db } from '@release-manager/postgres';

import type { ObjectRow } from './object-row.ts';

/** Which cluster of which environment; it comes from the token of the daemon, never from what it sends. */
export interface ClusterPlace {
  readonly environment: string;
  readonly cluster: string;
}

/** What changed by an intake, as far as it says whom to judge again. */
export interface ChangedRow {
  readonly type: string;
  readonly service: string | null;
}

/** Outboxes that are remembered per cluster; a daemon has one, and a new one after each lost disk. */
const mostOutboxes = 50;
/** Crash logs that are kept of one service in one environment. */
const mostLogs = 50;

/** What the daemon of one cluster told. All statements are set-based: a batch costs the same few, whatever is in it. */
export class ObservationStore {
  readonly #db: Db;
  readonly #place: ClusterPlace;

  constructor(db: Db, place: ClusterPlace) {
    this.#db = db;
    this.#place = place;
  }

  /** Batches of one cluster come one after another: two daemons that overlap would else lock rows crosswise. */
  async lock(): Promise<void> {
    const { environment, cluster } = this.#place;
    await this.#db.raw('select pg_advisory_xact_lock(hashtextextended(?, 2))', [`${environment}/${cluster}`]);
  }

  /** Up to which sequence an outbox was taken; nothing for one that is not known. */
  async acknowledged(outbox: string): Promise<number | undefined> {
    const row = await this.#db<{ environment: string; cluster: string; outbox: string; acknowledged: number }>(
      'daemon_outboxes',
    )
      .where({ ...this.#place, outbox })
      .first('acknowledged');
    return row?.acknowledged;
  }

  async acknowledge(outbox: string, acknowledged: number, at: Date): Promise<void> {
    await this.#db('daemon_outboxes')
      .insert({ ...this.#place, outbox, acknowledged, heard_at: at })
      .onConflict(['environment', 'cluster', 'outbox'])
      .merge(['acknowledged', 'heard_at']);
    await this.#db('daemon_outboxes')
      .where(this.#place)
      .whereIn(
        'outbox',
        this.#db('daemon_outboxes')
          .where(this.#place)
          .orderBy('heard_at', 'desc')
          .offset(mostOutboxes)
          .select('outbox'),
      )
      .delete();
  }

  /** @returns what the daemon of this cluster said of itself before; nothing the first time. */
  async hear(facts: DaemonFacts, at: Date): Promise<DaemonFacts | undefined> {
    const before = await this.#db<{ environment: string; cluster: string; facts: DaemonFacts }>('daemons')
      .where(this.#place)
      .first('facts');
    await this.#db('daemons')
      .insert({ ...this.#place, version: facts.version, facts: jsonb(facts), first_heard_at: at, heard_at: at })
      .onConflict(['environment', 'cluster'])
      .merge(['version', 'facts', 'heard_at']);
    return before?.facts;
  }

  /**
   * Keeps of each object the observation with the higher resourceVersion; a deletion wins over everything for its uid.
   * @returns the rows that changed.
   */
  async put(rows: readonly ObjectRow[], at: Date): Promise<readonly ChangedRow[]> {
    if (rows.length === 0) return [];
    const { environment, cluster } = this.#place;
    const answer = await this.#db.raw<{ rows: ChangedRow[] }>(
      `insert into observed_objects as o
         (environment, cluster, type, uid, kind, namespace, name, service, resource_version, facts, deleted, seen_at)
       select :environment, :cluster, n.type, n.uid, n.kind, n.namespace, n.name,
         coalesce(n.service, (select k.service from observed_objects k where n.type = 'prune' and k.uid = n.uid
           and k.environment = :environment and k.cluster = :cluster and k.type = 'kustomization')),
         n."resourceVersion", n.facts, n.deleted, :at
       from jsonb_to_recordset(cast(:rows as jsonb)) as n(type text, uid text, kind text, namespace text, name text, service text,
         "resourceVersion" numeric, facts jsonb, deleted boolean)
       on conflict (environment, cluster, type, uid) do update set
         kind = excluded.kind, namespace = excluded.namespace, name = excluded.name,
         service = coalesce(excluded.service, o.service), resource_version = excluded.resource_version,
         facts = excluded.facts, deleted = excluded.deleted, seen_at = excluded.seen_at
       where not o.deleted and (excluded.deleted or excluded.resource_version >= o.resource_version)
       returning o.type, o.service`,
      { environment, cluster, rows: jsonb(rows), at },
    );
    return answer.rows;
  }

  /**
   * Marks as gone what a complete list does not name: in its range of uids, and no newer than it.
   * @returns the rows that changed.
   */
  async closeGap(listing: ListingFacts, at: Date): Promise<readonly ChangedRow[]> {
    const { environment, cluster } = this.#place;
    const { of, kind, namespace, resourceVersion, from, to, uids } = listing;
    const query = this.#db('observed_objects')
      .where({ environment, cluster, type: of, kind, deleted: false })
      .where('resource_version', '<=', resourceVersion)
      .whereRaw('uid <> all(?::text[])', [[...uids]]);
    if (namespace !== undefined) void query.where({ namespace });
    if (from !== undefined) void query.whereRaw('uid collate "C" >= ?', [from]);
    if (to !== undefined) void query.whereRaw('uid collate "C" < ?', [to]);
    return query.update({ deleted: true, seen_at: at }).returning<ChangedRow[]>(['type', 'service']);
  }

  /** Once per (pod, container, restart); lines win over the answer that there are none. */
  async putLogs(logs: readonly CrashLog[], at: Date): Promise<void> {
    if (logs.length === 0) return;
    const rows = new Map(logs.map((log) => [`${log.pod.uid} ${log.container} ${log.restarts}`, toLogRow(log)]));
    const { environment, cluster } = this.#place;
    await this.#db.raw(
      `insert into crash_logs as o (environment, cluster, pod_uid, container, restarts, service, namespace, pod, stream,
         lines, cut, unavailable, seen_at)
       select :environment, :cluster, n."podUid", n.container, n.restarts, n.service, n.namespace, n.pod, n.stream, n.lines,
         n.cut, n.unavailable, :at
       from jsonb_to_recordset(cast(:rows as jsonb)) as n("podUid" text, container text, restarts integer, service text,
         namespace text, pod text, stream text, lines jsonb, cut boolean, unavailable text)
       on conflict (environment, cluster, pod_uid, container, restarts) do update set
         lines = excluded.lines, cut = excluded.cut, stream = excluded.stream, unavailable = excluded.unavailable
       where jsonb_array_length(o.lines) = 0`,
      { environment, cluster, rows: jsonb([...rows.values()]), at },
    );
    await this.#db.raw(
      `delete from crash_logs where seq in (
         select seq from (
           select seq, row_number() over (partition by service order by seq desc) as place from crash_logs
           where environment = ? and service = any(?::text[])) ranked
         where place > ?)`,
      [environment, [...new Set(logs.map(({ service }) => service))], mostLogs],
    );
  }
}

function toLogRow({ pod, service, container, restarts, stream, lines, cut, unavailable }: CrashLog): object {
  return {
    podUid: pod.uid,
    container,
    restarts,
    service,
    namespace: pod.namespace,
    pod: pod.name,
    stream,
    lines,
    cut,
    unavailable: unavailable ?? null,
  };
}
