import { AppError, messageOf } from '@release-manager/domain';
import type { HeldLock } from '@release-manager/postgres';
import { backoff } from '@release-manager/runtime';

import { createLedgerStore } from '../ledger/index.ts';
import { createWake, type Wake } from '../releases/index.ts';
import { endOfKind } from './delivery-ends.ts';
import type { DeliveryKind, LedgerReaction } from './delivery.ts';
import { createReader, type Reader } from './reactions/read-on.ts';
import { openEndSender, type EndSender } from './send/end-sender.ts';
import type { SenderDeps } from './send/sender-deps.ts';
import { deliveryChannel } from './want-delivery.ts';

/** What one end brings: the kinds of things it keeps up to date, and when they are wanted. */
export interface DeliveryParts {
  readonly kinds: readonly DeliveryKind[];
  readonly reactions: readonly LedgerReaction[];
}

export interface StartDeliveriesDeps extends SenderDeps, DeliveryParts {
  /** Hears how many writes an end has left, by the one who sends. */
  readonly onBudget: (end: string, left: number) => void;
}

const lockName = 'deliveries';
/** Notifications may be missed, and another process's lock is only seen to be free by trying. */
const lookEverySeconds = 5;
/** An entry that waits for an older transaction, of whose end nobody notifies. */
const lookSoonSeconds = 0.2;
const shortestWaitSeconds = 0.05;
/** How long tries that are under way may still take when the process stops. */
const graceMs = 5_000;

interface Around {
  readonly deps: StartDeliveriesDeps;
  /** No new try begins. */
  readonly stopping: AbortSignal;
  /** Tries under way end. */
  readonly cut: AbortSignal;
  /** Rung when there may be something to do. */
  readonly wakes: Set<Wake>;
}

/**
 * Reads the record for those who react to it, and brings what they want up to date. Any number of processes may do so: a reaction
 * reads under a lock on its row, and one process at a time sends, since budgets count in its memory.
 * @throws AppError bug `delivery.kind`, for a kind that does not bear the name of its end
 */
export async function startDeliveries(deps: StartDeliveriesDeps): Promise<{ stop(): Promise<void> }> {
  assertNamed(deps.kinds);
  const stopping = new AbortController();
  const cut = new AbortController();
  const [ledgerWakes, wantWakes] = [new Set<Wake>(), new Set<Wake>()];
  const ring = (wakes: ReadonlySet<Wake>) => (): void => wakes.forEach((wake) => wake.now());
  const listeners = await Promise.all([
    deps.database.listen('ledger', ring(ledgerWakes)),
    deps.database.listen(deliveryChannel, ring(wantWakes)),
  ]);
  const around = { deps, stopping: stopping.signal, cut: cut.signal };
  const running = [
    ...deps.reactions.map((reaction) => react(createReader(reaction, deps), { ...around, wakes: ledgerWakes })),
    ...(deps.kinds.length === 0 ? [] : [send({ ...around, wakes: wantWakes })]),
  ];
  return {
    async stop() {
      stopping.abort();
      ring(ledgerWakes)();
      ring(wantWakes)();
      const timer = setTimeout(() => cut.abort(new AppError('unavailable', 'delivery.stopped', 'we stop')), graceMs);
      await Promise.all(running);
      clearTimeout(timer);
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}

/** Each reaction by itself: one that fails keeps none of the others back. */
async function react(reader: Reader, around: Around): Promise<void> {
  let begun = false;
  await goOn(`the record could not be read for ${reader.name}`, around, async () => {
    if (!begun) await reader.begin();
    begun = true;
    if (await reader.readOn()) return 0;
    return (await createLedgerStore(around.deps.database.db).hasIncomplete()) ? lookSoonSeconds : lookEverySeconds;
  });
}

async function send(around: Around): Promise<void> {
  await goOn('deliveries could not go on', around, async () => {
    const lock = await around.deps.database.tryLock(lockName);
    if (lock === undefined) return lookEverySeconds;
    await holdLock(lock, around);
    return 0;
  });
}

/** Until we stop or the lock is lost. */
async function holdLock(lock: HeldLock, { deps, stopping, cut, wakes }: Around): Promise<void> {
  const held = {
    deps,
    wakes,
    stopping: AbortSignal.any([stopping, lock.lost]),
    cut: AbortSignal.any([cut, lock.lost]),
  };
  try {
    const ends = [...new Set(deps.kinds.map(({ end }) => end))];
    const senders = await Promise.all(ends.map((end) => openEndSender(end, deps)));
    await Promise.all(senders.map((sender) => sendOn(sender, held)));
  } finally {
    await lock.release();
  }
}

/** Each end by itself: one that hangs keeps none of the others back. */
async function sendOn(sender: EndSender, around: Around): Promise<void> {
  const { deps, cut } = around;
  await goOn(`deliveries to ${sender.end} could not go on`, around, async () => {
    const sent = await sender.sendDue(cut);
    deps.onBudget(sender.end, sender.left());
    if (sent > 0) return 0;
    const next = await sender.nextAt();
    const seconds = next === undefined ? lookEverySeconds : (next.getTime() - deps.now().getTime()) / 1000;
    return Math.min(lookEverySeconds, Math.max(shortestWaitSeconds, seconds));
  });
}

/** Round after round until it is to stop; a round says how many seconds to wait for the next, and one that fails makes a pause. */
async function goOn(what: string, { deps, stopping, wakes }: Around, round: () => Promise<number>): Promise<void> {
  const wake = createWake();
  wakes.add(wake);
  stopping.addEventListener('abort', wake.now, { once: true });
  const isOver = (): boolean => stopping.aborted;
  let failures = 0;
  while (!isOver()) {
    try {
      const seconds = await round();
      failures = 0;
      if (seconds > 0 && !isOver()) await wake.wait(seconds);
    } catch (error) {
      failures += 1;
      if (!isOver()) deps.logger.warn(what, { error: messageOf(error), failures });
      await wake.pause(backoff(failures, { base: 500, cap: 30_000, random: deps.random }) / 1000, stopping);
    }
  }
  wakes.delete(wake);
}

function assertNamed(kinds: readonly DeliveryKind[]): void {
  for (const { kind, end } of kinds) {
    if (endOfKind(kind) === end) continue;
    throw new AppError('bug', 'delivery.kind', `${kind} goes to ${end} and has to bear its name.`);
  }
}
