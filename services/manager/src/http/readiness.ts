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

const leavingReadiness: Readiness = {
  ok: false,
  checks: [{ name: 'manager', ok: false, message: 'is about to stop', next: 'ask another one' }],
};

/**
 * The checks, run once for all who ask while they run: `/readyz` is open to everybody, and must not be a way to make the
 * manager flood its database and its bucket.
 */
export function createReadiness(checks: readonly ReadinessCheck[], leaving: AbortSignal): () => Promise<Readiness> {
  let running: Promise<Readiness> | undefined;
  return async () => {
    if (leaving.aborted) return leavingReadiness;
    running ??= checkReadiness(checks).finally(() => (running = undefined));
    return running;
  };
}

/** All checks at once; one that does not answer in three seconds has failed. */
async function checkReadiness(checks: readonly ReadinessCheck[]): Promise<Readiness> {
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
