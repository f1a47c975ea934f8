import { AppError } from '@release-manager/domain';

/**
 * A place in the ledger as those who follow it count: by transaction, then by entry. `id` alone would not do: it is taken
 * when an entry is written, and entries become visible when their transaction commits, so a reader that has seen 7 and asks
 * for what is beyond 7 misses the 6 that commits a moment later.
 */
export interface LedgerPosition {
  /** 64-bit transaction id (xid8), decimal. */
  readonly tx: string;
  readonly id: string;
}

/** Both are bigint columns; a larger number would be an error of the database instead of one of the caller. */
const largest = 2n ** 63n - 1n;

export function formatPosition({ tx, id }: LedgerPosition): string {
  return `${tx}-${id}`;
}

/** @throws AppError invalid `ledger.position` */
export function parsePosition(text: string): LedgerPosition {
  const [, tx, id] = /^(\d{1,19})-(\d{1,19})$/.exec(text) ?? [];
  if (tx === undefined || id === undefined || BigInt(tx) > largest || BigInt(id) > largest) {
    throw new AppError('invalid', 'ledger.position', 'This is no position in the ledger.', {
      next: 'send the id of an entry exactly as it was received, or nothing to begin with what comes next',
    });
  }
  return { tx, id };
}

/** Negative when `a` comes first. */
export function comparePositions(a: LedgerPosition, b: LedgerPosition): number {
  const difference = BigInt(a.tx) - BigInt(b.tx) || BigInt(a.id) - BigInt(b.id);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}
