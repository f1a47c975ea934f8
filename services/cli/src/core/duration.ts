import { UsageError } from './usage-error.ts';

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * Seconds of a text such as `90s`, `10m`, `2h`; a bare number counts seconds.
 * @throws UsageError
 */
export function parseDuration(text: string | undefined, fallbackSeconds: number, option = '--timeout'): number {
  if (text === undefined) return fallbackSeconds;
  const match = /^(\d{1,7})([smhd]?)$/.exec(text);
  if (match === null) throw new UsageError(`${option} needs a time such as 90s, 10m or 2h, not "${text}".`);
  return Number(match[1]) * (units[match[2] === undefined || match[2] === '' ? 's' : match[2]] ?? 1);
}

/** How long ago, as people say it: `3 min ago`. */
export function ago(then: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(then)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** A time span in few characters: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `4 d`. */
export function howLong(seconds: number): string {
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return withRest(Math.floor(seconds / 60), 'min', Math.floor(seconds % 60), 's');
  if (seconds < 86_400) return withRest(Math.floor(seconds / 3600), 'h', Math.floor((seconds % 3600) / 60), 'min');
  return withRest(Math.floor(seconds / 86_400), 'd', Math.floor((seconds % 86_400) / 3600), 'h');
}

function withRest(whole: number, unit: string, rest: number, smaller: string): string {
  return rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${smaller}`;
}
