import { randomUUID } from 'node:crypto';

import type { Db } from '@release-manager/postgres';

/** The channel on which judges are told that something is due. */
export const lookChannel = 'rollout_looks';

/** How long a judge has for one look; whoever takes longer has died, and another may begin. */
const claimSeconds = 60;

/** One service in one environment that has to be judged, and the proof that it is we who judge it. */
export interface Look {
  readonly environment: string;
  readonly service: string;
  readonly claim: string;
}

/** `rollout_looks`: whom to judge again, and when. One row per target: what happens before it is judged is judged at once. */
export class LookStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Targets whose release is not decided yet: of these services, or of all. */
  async markOpen(environment: string, services: readonly string[] | undefined, at: Date): Promise<void> {
    await this.#mark(environment, { services, watch: ['open'], at });
  }

  /** Targets whose current release is watched, decided or not. */
  async markWatched(environment: string, services: readonly string[], at: Date): Promise<void> {
    await this.#mark(environment, { services, watch: ['open', 'current'], at });
  }

  /** Every service that the config repo has in the environment: for a cluster that reports for the first time. */
  async markDeployed(environment: string, at: Date): Promise<void> {
    await this.#db.raw(
      `insert into rollout_looks (environment, service, due_at)
       select distinct environment, service, ?::timestamptz from owned_folders where environment = ? order by 2
       on conflict (environment, service) do update set due_at = least(rollout_looks.due_at, excluded.due_at)`,
      [at, environment],
    );
    await this.#wake();
  }

  /** What lies in the config repo, has a daemon to tell of it, and was never judged: after a database was rebuilt, for one. */
  async markForgotten(at: Date): Promise<void> {
    const { rows } = await this.#db.raw<{ rows: unknown[] }>(
      `insert into rollout_looks (environment, service, due_at)
       select distinct f.environment, f.service, ?::timestamptz from owned_folders f
       where exists (select from daemons d where d.environment = f.environment)
         and exists (select from releases r where r.id = f.release_id)
         and not exists (select from rollouts r where r.release_id = f.release_id)
       order by 1, 2
       on conflict (environment, service) do nothing returning 1`,
      [at],
    );
    if (rows.length > 0) await this.#wake();
  }

  /** These targets, whatever is known of them. */
  async mark(targets: readonly { readonly environment: string; readonly service: string }[], at: Date): Promise<void> {
    if (targets.length === 0) return;
    await this.#db.raw(
      `insert into rollout_looks (environment, service, due_at)
       select distinct environment, service, ?::timestamptz
       from jsonb_to_recordset(?::jsonb) as t(environment text, service text) order by 1, 2
       on conflict (environment, service) do update set due_at = least(rollout_looks.due_at, excluded.due_at)`,
      [at, JSON.stringify(targets.map(({ environment, service }) => ({ environment, service })))],
    );
    await this.#wake();
  }

  async #mark(
    environment: string,
    { services, watch, at }: { services: readonly string[] | undefined; watch: readonly string[]; at: Date },
  ): Promise<void> {
    if (services?.length === 0) return;
    const ofServices = services === undefined ? '' : 'and service = any(cast(:services as text[]))';
    // What is looked at for the first time has no rollout yet, and must not miss what happens meanwhile.
    const { rows } = await this.#db.raw<{ rows: unknown[] }>(
      `insert into rollout_looks (environment, service, due_at)
       select environment, service, cast(:at as timestamptz) from (
         select environment, service from rollouts
         where environment = :environment and watch = any(cast(:watch as text[])) and watch <> 'past' ${ofServices}
         union
         select environment, service from rollout_looks where environment = :environment ${ofServices}
       ) concerned order by 2
       on conflict (environment, service) do update set due_at = least(rollout_looks.due_at, excluded.due_at)
       returning 1`,
      { environment, watch: [...watch], at, ...(services === undefined ? {} : { services: [...services] }) },
    );
    if (rows.length > 0) await this.#wake();
  }

  /** Takes what is due, the longest due first, so that nobody else judges it meanwhile. */
  async take(limit: number, at: Date): Promise<readonly Look[]> {
    const claim = randomUUID();
    const until = new Date(at.getTime() + claimSeconds * 1000);
    const { rows } = await this.#db.raw<{ rows: { environment: string; service: string }[] }>(
      `update rollout_looks l set claim = :claim, claimed_until = :until, due_at = :until
       from (
         select environment, service from rollout_looks
         where due_at <= :at and (claim is null or claimed_until <= :at)
         order by due_at limit :limit for update skip locked
       ) d
       where (l.environment, l.service) = (d.environment, d.service)
       returning l.environment, l.service`,
      { claim, until, at, limit },
    );
    return rows.map((row) => ({ ...row, claim }));
  }

  /**
   * Ends a look, in the transaction that writes what came of it: another one at `next`, or at once when something happened
   * meanwhile, or none.
   * @returns false when the claim was lost to somebody else: nothing may be written then.
   */
  async finish({ environment, service, claim }: Look, next: Date | undefined): Promise<boolean> {
    const { rows } = await this.#db.raw<{ rows: { due_at: Date; claimed_until: Date }[] }>(
      `update rollout_looks set claim = null, claimed_until = null,
         due_at = case when due_at < claimed_until then due_at else coalesce(?::timestamptz, 'infinity') end
       where environment = ? and service = ? and claim = ? returning due_at, claimed_until`,
      [next ?? null, environment, service, claim],
    );
    if (rows.length === 0) return false;
    await this.#db('rollout_looks')
      .where({ environment, service, due_at: this.#db.raw("'infinity'::timestamptz") })
      .delete();
    return true;
  }

  /** When the next one can be taken; nothing when nobody waits. What somebody judges right now can be taken when its claim ends. */
  async nextDue(): Promise<Date | undefined> {
    const { rows } = await this.#db.raw<{ rows: { due_at: Date | null }[] }>(
      'select min(greatest(due_at, coalesce(claimed_until, due_at))) as due_at from rollout_looks',
    );
    return rows[0]?.due_at ?? undefined;
  }

  async #wake(): Promise<void> {
    await this.#db.raw('select pg_notify(?, ?)', [lookChannel, '']);
  }
}
