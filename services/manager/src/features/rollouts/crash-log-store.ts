import { jsonb, type Db } from '@release-manager/postgres';

export interface KeptLog {
  readonly cluster: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly restarts: number;
  readonly stream: 'previous' | 'current';
  readonly lines: readonly string[];
  readonly cut: boolean;
  readonly unavailable?: string;
  readonly seenAt: Date;
}

interface LogRow {
  readonly environment: string;
  readonly service: string;
  readonly seq: number;
  readonly cluster: string;
  readonly pod_uid: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly restarts: number;
  readonly stream: 'previous' | 'current';
  readonly lines: readonly string[];
  readonly cut: boolean;
  readonly unavailable: string | null;
  readonly seen_at: Date;
}

export interface LogPlace {
  readonly environment: string;
  readonly cluster: string;
  readonly podUid: string;
  readonly container: string;
}

/** Logs that are shown at once. */
const mostShown = 20;

/** `crash_logs`, as they are read. */
export class CrashLogStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** The last log of each of these containers, by `<cluster> <pod uid> <container>`. */
  async find(places: readonly LogPlace[]): Promise<ReadonlyMap<string, KeptLog>> {
    if (places.length === 0) return new Map();
    const { rows } = await this.#db.raw<{ rows: LogRow[] }>(
      `select distinct on (l.environment, l.cluster, l.pod_uid, l.container) l.* from crash_logs l
       join jsonb_to_recordset(?::jsonb) as p(environment text, cluster text, "podUid" text, container text)
         on (l.environment, l.cluster, l.pod_uid, l.container) = (p.environment, p.cluster, p."podUid", p.container)
       order by l.environment, l.cluster, l.pod_uid, l.container, l.restarts desc`,
      [jsonb(places)],
    );
    return new Map(rows.map((row) => [`${row.cluster} ${row.pod_uid} ${row.container}`, toLog(row)]));
  }

  /** What containers of a service printed before they died, the last first. */
  async since(service: string, environment: string, at: Date): Promise<readonly KeptLog[]> {
    const rows = await this.#db<LogRow>('crash_logs')
      .where({ service, environment })
      .where('seen_at', '>=', at)
      .orderBy('seq', 'desc')
      .limit(mostShown);
    return rows.map(toLog);
  }
}

function toLog(row: LogRow): KeptLog {
  const { cluster, namespace, pod, container, restarts, stream, lines, cut } = row;
  const log = { cluster, namespace, pod, container, restarts, stream, lines, cut, seenAt: row.seen_at };
  return row.unavailable === null ? log : { ...log, unavailable: row.unavailable };
}
