import { UsageError } from '../../core/usage-error.ts';

const units: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * The time of a text such as `2h`, `3d`, `2026-12-24` (its first minute, UTC) or `2026-12-24T08:00Z`.
 * @throws UsageError
 */
export function parseUntil(text: string, now: Date): string {
  const [, count, unit] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  if (count !== undefined)
    return new Date(now.getTime() + Number(count) * (units[unit ?? ''] ?? 0) * 1000).toISOString();
  const isTime = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const at = isTime ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new UsageError(
      `--until needs a time such as 30m, 2h, 3d, 2026-12-24 or 2026-12-24T08:00Z, not "${text}".`,
      'a time of day needs its zone, Z or +01:00',
    );
  return new Date(at).toISOString();
}
