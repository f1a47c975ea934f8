import { messageOf } from '@release-manager/domain';
import { withTimeout } from '@release-manager/runtime';

export interface ReadinessResult {
  readonly ok: boolean;
  /** What was found, in words; shown to anybody who can reach `/readyz`, so without addresses and secrets. */
  readonly message: string;
  /** What to do about it. */
  readonly next?: string;
}

/** One thing that requests need: the database, the store, the config repo. */
export interface ReadinessCheck {
  readonly name: string;
  /** Throwing counts as not ready. */
  check(): Promise<ReadinessResult>;
}

export interface Readiness {
  readonly ok: boolean;
  readonly checks: readonly ({ readonly name: string } & ReadinessResult)[];
}

const patienceMs = 3_000;

/** All checks at once; one that does not answer in three seconds has failed. */
export async function checkReadiness(checks: readonly ReadinessCheck[]): Promise<Readiness> {
  const results = await Promise.all(
    checks.map(async (check) => {
      const { name } = check;
      try {
        const result = await withTimeout({ milliseconds: patienceMs, what: name }, async () => check.check());
        return { name, ...result };
      } catch (error) {
        return { name, ok: false, message: messageOf(error) };
      }
    }),
  );
  return { ok: results.every(({ ok }) => ok), checks: results };
}
