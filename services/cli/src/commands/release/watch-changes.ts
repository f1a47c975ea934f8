import type { LedgerEntry } from '@release-manager/contract';

import type { Api } from '../../core/api.ts';
import { isAborted } from '../../core/is-aborted.ts';
import type { World } from '../../core/world.ts';

const reconnectMilliseconds = 2000;
/** A burst of a hundred commits is one change to whoever looks. */
const settleMilliseconds = 300;

export interface Watching {
  readonly service: string | undefined;
  /** What happened; nothing where something may have happened. */
  readonly changed: (entries: readonly LedgerEntry[]) => Promise<void>;
  /** Milliseconds until the next look that no event asks for. */
  readonly every: () => number;
}

/**
 * Calls `changed` with what happened, until the signal; after a drop it goes on behind the last event, and calls once with
 * nothing, since something may have been missed. It also calls it at intervals, for what changes without an event.
 */
export async function watchChanges(
  world: Pick<World, 'signal' | 'sleep'>,
  api: Api,
  { service, changed, every }: Watching,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([world.signal, stop.signal]);
  const ended: { by?: Error } = {};
  let after: string | undefined;
  let pending: LedgerEntry[] = [];
  let showing: Promise<void> = Promise.resolve();
  const show = async (): Promise<void> => {
    await world.sleep(settleMilliseconds, signal);
    const entries = pending;
    pending = [];
    if (!isAborted(signal)) await changed(entries);
  };
  // What is refused for good ends the watching; what passes is made up for after the next connection.
  const endUnlessPassing = (error: unknown): void => {
    if (isAborted(signal) || isPassing(error)) return;
    ended.by = error instanceof Error ? error : new Error(String(error));
    stop.abort();
  };
  const readOn = async (): Promise<void> => {
    for await (const entry of api.follow({ service, after }, signal)) {
      after = entry.id;
      pending.push(entry);
      if (pending.length === 1) showing = showing.then(show).catch(endUnlessPassing);
    }
  };
  const lookNow = (): Promise<void> =>
    (showing = showing.then(() => (isAborted(signal) ? undefined : changed([]))).catch(endUnlessPassing));
  const atIntervals = async (): Promise<void> => {
    while (!isAborted(signal)) {
      await world.sleep(every(), signal);
      await lookNow();
    }
  };
  const looking = atIntervals();
  while (!isAborted(signal)) {
    await readOn().catch(endUnlessPassing);
    await showing;
    await world.sleep(reconnectMilliseconds, signal);
    await lookNow();
  }
  await looking;
  if (ended.by !== undefined) throw ended.by;
}

/** A dropped connection is an error of fetch, a restarting manager one of ours. */
function isPassing(error: unknown): boolean {
  const kind = (error as { kind?: unknown }).kind;
  return kind === undefined || kind === 'unavailable' || kind === 'limited';
}
