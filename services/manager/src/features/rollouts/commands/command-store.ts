import type { DaemonCommand } from '@release-manager/contract';
import { newId } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import type { ClusterPlace } from '../intake/observation-store.ts';

/** The channel on which waiting daemons are told that there may be something for them; the payload is their place. */
export const commandChannel = 'daemon_commands';

/** What a daemon was asked is given again when it has not answered by then. */
const leaseSeconds = 60;
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

  /** Leases what is open for a cluster to whoever asks; a lease that ran out is given again. */
  async lease({ environment, cluster }: ClusterPlace, at: Date): Promise<readonly DaemonCommand[]> {
    const { rows } = await this.#db.raw<{ rows: CommandRow[] }>(
      `update daemon_commands c set leased_until = :until
       from (
         select id from daemon_commands
         where environment = :environment and cluster = :cluster and finished_at is null and expires_at > :at
           and (leased_until is null or leased_until <= :at)
         order by created_at limit :limit for update skip locked
       ) d
       where c.id = d.id returning c.*`,
      { environment, cluster, at, limit: mostAtOnce, until: new Date(at.getTime() + leaseSeconds * 1000) },
    );
    return rows
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, kind, request }) => ({ ...request, id, kind }) as DaemonCommand);
  }

  async find(id: string): Promise<(ClusterPlace & { readonly finishedAt: Date | undefined }) | undefined> {
    const row = await this.#db<CommandRow>('daemon_commands').where({ id }).first();
    if (row === undefined) return undefined;
    return { environment: row.environment, cluster: row.cluster, finishedAt: row.finished_at ?? undefined };
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
