import { AppError, isDnsLabel } from '@release-manager/domain';

/** A page's cursor that is the name of the last entry. @throws AppError invalid `page.cursor` */
export function parseNameCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined || isDnsLabel(cursor)) return cursor;
  throw noCursor(cursor);
}

/** A page's cursor that is the id of its last entry. @throws AppError invalid `page.cursor` */
export function parseIdCursor(prefix: string, cursor: string | undefined): string | undefined {
  if (cursor === undefined || (cursor.startsWith(`${prefix}_`) && /^[a-z]+_[0-9a-z]{26}$/.test(cursor))) return cursor;
  throw noCursor(cursor);
}

/** A page's cursor that is a position in a numbered list. @throws AppError invalid `page.cursor` */
export function parsePosition(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (/^[1-9][0-9]{0,14}$/.test(cursor)) return Number(cursor);
  throw noCursor(cursor);
}

/**
 * Cuts a page out of `limit + 1` rows: the one too many only says that there is a next page, which begins after the last.
 */
export function cutPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  toCursor: (row: Row) => string | number,
): { items: Item[]; nextCursor?: string } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(toItem),
    ...(rows.length > limit && last !== undefined ? { nextCursor: String(toCursor(last)) } : {}),
  };
}

function noCursor(cursor: string): AppError {
  const shown = JSON.stringify(cursor.slice(0, 40));
  return new AppError('invalid', 'page.cursor', `${shown} is no cursor of this list.`, {
    next: 'take `nextCursor` of the page before as it is',
  });
}
