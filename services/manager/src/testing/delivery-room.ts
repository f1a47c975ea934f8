import type { Database } from '@release-manager/postgres';
import { silentLogger } from '@release-manager/runtime';
import { testDatabase } from '@release-manager/testing';

import type { DeliveryRow } from '../features/deliveries/delivery-row.ts';
import { wantDelivery, type DeliveryParts, type WantedDelivery } from '../features/deliveries/index.ts';
import { createReader } from '../features/deliveries/reactions/read-on.ts';
import { openEndSender } from '../features/deliveries/send/end-sender.ts';
import { createLedgerStore } from '../features/ledger/index.ts';

/** Time as a test moves it. */
export interface TestClock {
  readonly now: () => Date;
  /** Seconds forward. */
  readonly pass: (seconds: number) => void;
}

export function testClock(start = '2026-03-02T09:00:00Z'): TestClock {
  let at = Date.parse(start);
  return {
    now: () => new Date(at),
    pass: (seconds) => {
      at += Math.ceil(seconds * 1000);
    },
  };
}

/** The engine of deliveries without its loops, on a database that has the schema: a test says when what happens. */
export async function workDeliveries(database: Database, parts: DeliveryParts, clock: TestClock) {
  const deps = {
    ...parts,
    database,
    logger: silentLogger,
    now: clock.now,
    random: () => 0.5,
    redact: (text: string) => text,
    onTry: () => undefined,
  };
  const ledger = createLedgerStore(database.db);
  const readers = parts.reactions.map((reaction) => createReader(reaction, deps));
  for (const reader of readers) await reader.begin();
  const openSenders = () =>
    Promise.all([...new Set(parts.kinds.map(({ end }) => end))].map((end) => openEndSender(end, deps)));
  let senders = await openSenders();
  const { signal } = new AbortController();

  /** Everything that is due at this moment, until nothing is. @returns how many tries it were */
  const deliver = async (): Promise<number> => {
    const tried = await Promise.all(
      senders.map(async (sender) => {
        let sum = 0;
        for (let sent = 1; sent > 0; sum += sent) sent = await sender.sendDue(signal);
        return sum;
      }),
    );
    return tried.reduce((sum, count) => sum + count, 0);
  };
  /** @returns what is due next, after the end, where anything is */
  const deliverUntil = async (end: number): Promise<number | undefined> => {
    for (;;) {
      await deliver();
      const times = (await Promise.all(senders.map((sender) => sender.nextAt()))).flatMap((time) => time ?? []);
      if (times.length === 0) return undefined;
      const next = Math.min(...times.map((time) => time.getTime()));
      if (next > end) return next;
      clock.pass(Math.max(1, next - clock.now().getTime()) / 1000);
    }
  };
  return {
    clock,
    want: (wanted: WantedDelivery): Promise<void> =>
      database.transaction((tx) => wantDelivery(tx, wanted, clock.now())),
    /** Lets every reaction read the record to its end. */
    async react(): Promise<void> {
      // Entries count once no older transaction runs, on the whole server.
      while (await ledger.hasIncomplete());
      for (const reader of readers) while (await reader.readOn());
    },
    deliver,
    /** Delivers, moving the clock to whatever is due next, until nothing waits. @throws when that takes longer than so many seconds */
    async settle(withinSeconds = 7_200): Promise<void> {
      const next = await deliverUntil(clock.now().getTime() + withinSeconds * 1000);
      if (next !== undefined) throw new Error(`deliveries still wait after ${withinSeconds} s`);
    },
    /** So many seconds go by, in which everything is delivered that becomes due. */
    async goBy(seconds: number): Promise<void> {
      const end = clock.now().getTime() + seconds * 1000;
      await deliverUntil(end);
      clock.pass(Math.max(0, end - clock.now().getTime()) / 1000);
    },
    /** The process dies and another one takes over: what was in memory is gone. */
    async restart(): Promise<void> {
      senders = await openSenders();
    },
    /** The rows, by key. */
    async rows(): Promise<Readonly<Record<string, DeliveryRow>>> {
      const rows = (await database.db('deliveries').orderBy(['pending_since', 'id'])) as DeliveryRow[];
      return Object.fromEntries(rows.map((row) => [row.key, row]));
    },
  };
}

export type DeliveryWork = Awaited<ReturnType<typeof workDeliveries>>;

/** The same on a database of its own. */
export async function openDeliveryRoom(parts: DeliveryParts, clock: TestClock = testClock()) {
  const test = await testDatabase();
  const work = await workDeliveries(test.database, parts, clock);
  return { ...work, database: test.database, databaseUrl: test.url, close: () => test.drop() };
}

export type DeliveryRoom = Awaited<ReturnType<typeof openDeliveryRoom>>;
