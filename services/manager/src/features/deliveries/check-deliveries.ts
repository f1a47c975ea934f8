import type { DoctorCheck } from '@release-manager/contract';
import type { Database } from '@release-manager/postgres';

import { DeliveryStore, type EndCounts } from './delivery-store.ts';
import { deliveryWords } from './delivery-view.ts';
import { PauseStore } from './send/pause-store.ts';

interface CheckDeps {
  readonly database: Database;
  readonly now: () => Date;
}

/** A burst takes its time; what waits longer than this waits for somebody. */
const lateAfterMs = 2 * 3_600_000;
const mostNamed = 3;

/** For doctor: what could not be delivered, what waits, and entries of the record that nobody could react to. */
export async function checkDeliveries({ database, now }: CheckDeps): Promise<DoctorCheck[]> {
  const counts = await new DeliveryStore(database.db).counts(now());
  const ends = await Promise.all(counts.map((count) => checkEnd(database, count, now())));
  const found = [...ends.flat(), ...(await checkReaders(database))];
  return found.length > 0 ? found : [{ name: 'deliveries', status: 'ok', message: 'everything has arrived' }];
}

async function checkEnd(database: Database, count: EndCounts, now: Date): Promise<DoctorCheck[]> {
  const name = `deliveries to ${count.end}`;
  const checks: DoctorCheck[] = [];
  if (count.failed > 0) {
    const rows = await new DeliveryStore(database.db).list({ end: count.end, state: 'failed' }, mostNamed);
    const named = rows.map((row) => `${deliveryWords(row)}: ${row.last_error?.message ?? 'no reason is known'}`);
    checks.push({
      name,
      status: 'warning',
      message: `${count.failed} were refused, the last of them ${named.join('; ')}`,
      next: 'mend what they name, then `release-cli deliveries retry <id>`; `release-cli deliveries --failed` lists them',
    });
  }
  const late = count.oldest !== undefined && now.getTime() - count.oldest.getTime() > lateAfterMs;
  if (late) checks.push(await checkLate(database, count, now));
  return checks;
}

async function checkLate(database: Database, { end, pending, oldest }: EndCounts, now: Date): Promise<DoctorCheck> {
  const pause = await new PauseStore(database.db).find(end);
  const asked = pause !== undefined && pause.until > now;
  const why = asked ? `; it asked us to wait until ${pause.until.toISOString()}: ${pause.reason}` : '';
  return {
    name: `deliveries to ${end}`,
    status: 'warning',
    message: `${pending} wait, the oldest since ${oldest?.toISOString() ?? ''}${why}`,
    next: `see why with \`release-cli deliveries --end ${end} --state pending\`; a \`worker\` has to run, and ${end} has to be configured there`,
  };
}

interface SkippedRow {
  readonly name: string;
  readonly skipped: number;
  readonly last_skipped: { readonly kind?: string; readonly error?: string; readonly at?: string } | null;
}

async function checkReaders({ db }: Database): Promise<DoctorCheck[]> {
  const rows = await db<SkippedRow>('ledger_positions').where('skipped', '>', 0).orderBy('name');
  return rows.map(({ name, skipped, last_skipped: last }) => ({
    name: 'reactions to the record',
    status: 'warning',
    message: `${name} went past ${skipped} entries that it could not understand, the last at ${last?.at ?? '?'} (${last?.kind ?? '?'}): ${last?.error ?? '?'}`,
    next: 'what they speak of may not be shown outside; tell whoever maintains the release manager',
  }));
}
