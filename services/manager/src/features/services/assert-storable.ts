import { AppError } from '@release-manager/domain';

/**
 * Refuses text that Postgres cannot keep: U+0000, and halves of surrogate pairs, which JSON can spell and UTF-8 cannot. Without
 * it the error would be the database's, and look like ours.
 * @throws AppError invalid `text.not-storable`
 */
export function assertStorable(value: unknown): void {
  if (typeof value === 'string') {
    if (!value.includes('\0') && value.isWellFormed()) return;
    throw new AppError('invalid', 'text.not-storable', 'A text holds U+0000 or half of a surrogate pair.', {
      next: 'send text that is valid Unicode, without U+0000',
    });
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    assertStorable(key);
    assertStorable(inner);
  }
}
