import type { PodFacts } from '@release-manager/contract';
import { jsonb, type Db } from '@release-manager/postgres';

import type { CommandAnswer } from '../commands/command-store.ts';
import type { AskedLogs, KnownPod, LogTarget } from './asked-logs.ts';

export interface ServicePlace {
  readonly service: string;
  readonly environment: string;
}

/** A cluster that cannot be asked. */
export interface SilentCluster {
  readonly cluster: string;
  readonly says: string;
  readonly next: string;
}

export interface LogRequest extends ServicePlace {
  readonly id: string;
  readonly asked: AskedLogs;
  readonly leftOut: number;
  readonly silent: readonly SilentCluster[];
  readonly askedAt: Date;
  readonly expiresAt: Date;
}

/** What became of one container of a request. */
export interface AskedContainer extends LogTarget {
  readonly finishedAt: Date | undefined;
  readonly answer: CommandAnswer | undefined;
}

interface RequestRow {
  readonly id: string;
  readonly environment: string;
  readonly service: string;
  readonly asked: AskedLogs;
  readonly left_out: number;
  readonly silent: readonly SilentCluster[];
  readonly created_at: Date;
  readonly expires_at: Date;
}

interface CommandRow {
  readonly cluster: string;
  readonly request: Omit<LogTarget, 'cluster'>;
  readonly finished_at: Date | null;
  readonly outcome: CommandAnswer['outcome'] | null;
  readonly answer: Omit<CommandAnswer, 'outcome'> | null;
}

/** Requests that are kept of one service in one environment: an answer may be large, and few look at it twice. */
const mostKept = 10;
/** Pods of a service that are looked at to pick some. */
const mostPods = 500;

/** `log_requests`, and the commands of each. */
export class LogRequestStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Requests for one service in one environment come one after another: else two see that there is room for one more. */
  async lock({ service, environment }: ServicePlace): Promise<void> {
    await this.#db.raw('select pg_advisory_xact_lock(hashtextextended(?, 4))', [`logs ${environment}/${service}`]);
  }

  /** Those that somebody still waits for, the newest first. */
  async open({ service, environment }: ServicePlace, at: Date): Promise<readonly LogRequest[]> {
    const rows = await this.#db<RequestRow>('log_requests as r')
      .where({ service, environment })
      .where('r.expires_at', '>', at)
      .whereExists(
        this.#db('daemon_commands as c').whereRaw('c.log_request = r.id').whereNull('c.finished_at').select('c.id'),
      )
      .orderBy('r.created_at', 'desc')
      .select('r.*');
    return rows.map(toRequest);
  }

  /** Keeps it, and forgets the oldest of its service and environment. */
  async add(request: LogRequest): Promise<void> {
    const { id, service, environment, asked, leftOut, silent, askedAt, expiresAt } = request;
    await this.#db('log_requests').insert({
      id,
      service,
      environment,
      asked: jsonb(asked),
      left_out: leftOut,
      silent: jsonb(silent),
      created_at: askedAt,
      expires_at: expiresAt,
    });
    const old = this.#db('log_requests')
      .where({ service, environment })
      .orderBy([
        { column: 'created_at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .offset(mostKept)
      .select('id');
    await this.#db('log_requests').whereIn('id', old).delete();
  }

  async find(id: string): Promise<LogRequest | undefined> {
    const row = await this.#db<RequestRow>('log_requests').where({ id }).first();
    return row === undefined ? undefined : toRequest(row);
  }

  /** In the order in which they were picked. */
  async containers(id: string): Promise<readonly AskedContainer[]> {
    const rows = await this.#db<CommandRow & { log_request: string; id: string }>('daemon_commands')
      .where({ log_request: id })
      .orderByRaw("request->'place', id")
      .select('cluster', 'request', 'finished_at', 'outcome', 'answer');
    return rows.map(toContainer);
  }

  /** The pods of a service in these clusters, as their daemons told of them last. */
  async pods({ service, environment }: ServicePlace, clusters: readonly string[]): Promise<readonly KnownPod[]> {
    const { rows } = await this.#db.raw<{ rows: { cluster: string; facts: PodFacts }[] }>(
      `select cluster, facts from observed_objects
       where environment = ? and service = ? and type = 'pod' and not deleted and cluster = any(?::text[])
       order by seen_at desc limit ?`,
      [environment, service, [...clusters], mostPods],
    );
    return rows;
  }
}

function toRequest(row: RequestRow): LogRequest {
  const {
    id,
    service,
    environment,
    asked,
    left_out: leftOut,
    silent,
    created_at: askedAt,
    expires_at: expiresAt,
  } = row;
  return { id, service, environment, asked, leftOut, silent, askedAt, expiresAt };
}

function toContainer({ cluster, request, finished_at: finishedAt, outcome, answer }: CommandRow): AskedContainer {
  const { namespace, pod, container } = request;
  return {
    cluster,
    namespace,
    pod,
    container,
    finishedAt: finishedAt ?? undefined,
    answer: outcome === null ? undefined : { outcome, ...answer },
  };
}
