import type { Logger } from '@release-manager/runtime';

const patienceMs = 3_000;

/**
 * Waits for the first look at the config repo, since most answers depend on it, and no longer than that: a host that takes
 * connections and says nothing must not keep the API away. The look goes on, and `/readyz` tells that it did not end yet.
 */
export async function awaitFirstLook(look: Promise<void>, logger: Logger): Promise<void> {
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), patienceMs);
  const outcome = await Promise.race([look, late.promise]);
  clearTimeout(timer);
  if (outcome === 'late') logger.warn('config repo did not answer yet; started without it', { waitedMs: patienceMs });
}
