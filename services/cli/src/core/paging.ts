import type { Output } from './output.ts';
import { UsageError } from './usage-error.ts';

const most = 500;

/** @throws UsageError */
export function parseLimit(text: string | undefined): number {
  if (text === undefined) return 50;
  const number = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= most) return number;
  throw new UsageError(`--limit needs a number from 1 to ${most}, not "${text}".`);
}

/** A list that was cut says so: silence would mean "this is all". */
export function sayMore(
  output: Output,
  page: { readonly nextCursor?: string | undefined; readonly items: readonly unknown[] },
): void {
  if (page.nextCursor !== undefined)
    output.say(`there are more than these ${page.items.length}; --limit shows up to ${most}`);
}

/** Every page of a list, for what is only useful whole. */
export async function allPages<Item>(
  read: (cursor: string | undefined) => Promise<{ items: Item[]; nextCursor?: string | undefined }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return items;
}
