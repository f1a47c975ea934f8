import { parseDuration } from '../../core/duration.ts';
import { UsageError } from '../../core/usage-error.ts';

/**
 * The time that `--since` names, as the API takes it: so long ago, or a date with or without a time. A date without a time
 * zone counts in UTC, as every time that is shown.
 * @throws UsageError
 */
export function parseSince(text: string | undefined, now: Date): string | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,7}[smhd]$/.test(text))
    return new Date(now.getTime() - parseDuration(text, 0, '--since') * 1000).toISOString();
  const [, date, time = 'T00:00', zone = 'Z'] =
    /^(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? [];
  const at = new Date(`${date ?? ''}${time.replace(' ', 'T')}${zone}`);
  if (date === undefined || Number.isNaN(at.getTime()))
    throw new UsageError(`--since needs a time such as 6h, 2d, 2026-05-04 or 2026-05-04T10:00, not "${text}".`);
  return at.toISOString();
}
