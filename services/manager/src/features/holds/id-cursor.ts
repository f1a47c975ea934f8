import { AppError } from '@release-manager/domain';

/** A page's cursor that is the id of its last entry. @throws AppError invalid `page.cursor` */
export function parseIdCursor(prefix: string, cursor: string | undefined): string | undefined {
  if (cursor === undefined || (cursor.startsWith(`${prefix}_`) && /^[a-z]+_[0-9a-z]{26}$/.test(cursor))) return cursor;
  throw new AppError('invalid', 'page.cursor', `${JSON.stringify(cursor.slice(0, 40))} is no cursor of this list.`, {
    next: 'take `nextCursor` of the page before as it is',
  });
}
