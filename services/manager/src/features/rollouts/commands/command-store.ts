import type { DaemonCommand } from '@release-manager/contract';
import { newId } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import type { ClusterPlace } from '../intake/observation-store.ts';

/** The channel on which waiting daemons are told that there may be something for them; the payload is their place. */
export const commandChannel = 'daemon_commands';

/** What a daemon was asked is given again when it has not answered by then. */
const leaseSeconds = 60;
/** Somebody waits for it: when a daemon died with it in its hands, the next one still answers in time. */
const logLeaseSeconds = 20;
/** Flux looks by itself within a minute anyway. */
const pokeSeconds = 120;
const mostAtOnce = 10;

/** What became of a command. */
export interface CommandAnswer {
  readonly outcome: 'done' | 'failed';
  readonly message?: string | undefined;
  readonly lines?: readonly string[] | undefined;
  readonly cut?: boolean | undefined;
}

/** One log that is fetched. */
export interface LogCommand extends ClusterPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
  readonly lines: number;
}

/** A command that somebody says they ended. */
export interface KnownCommand extends ClusterPlace {
  /** Lines that it asks for at most; 0 where it asks for none. */
  readonly lines: number;
  readonly finishedAt: Date | undefined;
}

interface CommandRow {
  id: string;
  environment: string;
  cluster: string;
  kind: string;
  request: Record<string, unknown>;
  finished_at: Date | null;
}

/** `daemon_commands`: what is asked of daemons. */
export class CommandStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Asks the daemons of these clusters to have Flux look at once. One that nobody has taken yet is enough. */
  async poke(places: readonly ClusterPlace[], commit: string, at: Date): Promise<void> {
    const expires = new Date(at.getTime() + pokeSeconds * 1000);
    for (const { environment, cluster } of places) {
      const waiting = await this.#db('daemon_commands')
        .where({ environment, cluster, kind: 'flux.poke' })
        .whereNull('finished_at')
        .whereNull('leased_until')
        .update({ request: jsonb({ commit }), expires_at: expires });
      if (waiting === 0) {
        await this.#db('daemon_commands').insert({
          id: newId('cmd', at),
          environment,
          cluster,
          kind: 'flux.poke',
          request: jsonb({ commit }),
          created_at: at,
          expires_at: expires,
        });
      }
      await this.#db.raw('select pg_notify(?, ?)', [commandChannel, placeName({ environment, cluster })]);
    }
  }

  /** Asks daemons for logs; what nobody answers by `expires` is not asked any more. */
  async fetchLogs(
    commands: readonly LogCommand[],
    { logRequest, at, expires }: { readonly logRequest: string; readonly at: Date; readonly expires: Date },
  ): Promise<void> {
    if (commands.length === 0) return;
    await this.#db('daemon_commands').insert(
      commands.map(({ environment, cluster, ...request }, place) => ({
        id: newId('cmd', at),
        environment,
        cluster,
        kind: 'logs.fetch',
        request: jsonb({ ...request, place }),
        created_at: at,
        expires_at: expires,
        log_request: logRequest,
      })),
    );
    for (const place of new Set(commands.map(placeName)))
      await this.#db.raw('select pg_notify(?, ?)', [commandChannel, place]);
  }

  /** Logs that daemons of these clusters were asked for and that nobody has answered, by cluster. */
  async openLogs(environment: string, at: Date): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.#db.raw<{ rows: { cluster: string; count: number }[] }>(
      `select cluster, count(*)::integer as count from daemon_commands
       where environment = ? and kind = 'logs.fetch' and finished_at is null and expires_at > ? group by cluster`,
      [environment, at],
    );
    return new Map(rows.map(({ cluster, count }) => [cluster, count]));
  }

  /** Leases what is open for a cluster to whoever asks; a lease that ran out is given again. */
  async lease({ environment, cluster }: ClusterPlace, at: Date): Promise<readonly DaemonCommand[]> {
    const { rows } = await this.#db.raw<{ rows: CommandRow[] }>(
      `update daemon_commands c set leased_until = case c.kind when 'logs.fetch' then cast(:logsUntil as timestamptz)
         else cast(:until as timestamptz) end
       from (
         select id from daemon_commands
         where environment = :environment and cluster = :cluster and finished_at is null and expires_at > :at
           and (leased_until is null or leased_until <= :at)
         -- Logs that many people ask for do not keep Flux waiting.
         order by kind = 'logs.fetch', created_at limit :limit for update skip locked
       ) d
       where c.id = d.id returning c.*`,
      {
        environment,
        cluster,
        at,
        limit: mostAtOnce,
        until: new Date(at.getTime() + leaseSeconds * 1000),
        logsUntil: new Date(at.getTime() + logLeaseSeconds * 1000),
      },
    );
    return rows
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, kind, request }) => ({ ...request, id, kind }) as DaemonCommand);
  }

  async find(id: string): Promise<KnownCommand | undefined> {
    const row = await this.#db<CommandRow>('daemon_commands').where({ id }).first();
    if (row === undefined) return undefined;
    const { environment, cluster, kind, request, finished_at: finishedAt } = row;
    const lines = kind === 'logs.fetch' ? Number(request['lines']) : 0;
    return { environment, cluster, lines, finishedAt: finishedAt ?? undefined };
  }

  /** The first answer counts. @returns when it came. */
  async finish(id: string, answer: CommandAnswer, at: Date): Promise<Date> {
    const { outcome, ...rest } = answer;
    const finished = await this.#db('daemon_commands')
      .where({ id })
      .whereNull('finished_at')
      .update({ finished_at: at, outcome, answer: jsonb(rest) });
    return finished === 1 ? at : ((await this.find(id))?.finishedAt ?? at);
  }
}

export function placeName({ environment, cluster }: ClusterPlace): string {
  return `${environment}/${cluster}`;
}
