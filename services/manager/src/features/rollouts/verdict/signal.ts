import type { Why } from './cluster-verdict.ts';
import { graces, secondsAfter } from './graces.ts';
import type { Memory } from './subject.ts';

/** Something that is wrong now, and a failure when it lasts. */
export interface Signal {
  /** The same as long as it is the same trouble: an image that is pulled and backed off in turns is one. */
  readonly key: string;
  /** Seconds until it is a failure; absent: it never is one by itself, and only keeps the release from being healthy. */
  readonly grace?: number;
  /** When it ends by itself, if nothing happens. */
  readonly until?: Date;
  readonly why: Why;
}

export interface WeighedSignals {
  /** The ones that lasted too long, the oldest first. */
  readonly failures: readonly Signal[];
  /** The others. */
  readonly open: readonly Signal[];
  readonly memory: Memory['signals'];
  readonly nextLookAt?: Date | undefined;
}

export interface Sight {
  readonly now: Date;
  /** What is known may be old: time alone proves nothing then, and no signal becomes a failure. */
  readonly isBlind: boolean;
}

/** Which signals have become failures. What is no longer seen is forgotten, and begins anew when it comes back. */
export function weigh(signals: readonly Signal[], memory: Memory['signals'], { now, isBlind }: Sight): WeighedSignals {
  const seen = new Map(signals.map((signal) => [signal.key, memory[signal.key] ?? now.toISOString()]));
  const dueAt = ({ key, grace, until }: Signal): Date | undefined =>
    grace === undefined ? until : secondsAfter(new Date(seen.get(key) ?? now), Math.max(grace, graces.least));
  const isFailure = (signal: Signal): boolean =>
    !isBlind && signal.grace !== undefined && (dueAt(signal)?.getTime() ?? Infinity) <= now.getTime();
  const open = signals.filter((signal) => !isFailure(signal));
  return {
    failures: signals
      .filter(isFailure)
      .toSorted((a, b) => (seen.get(a.key) ?? '').localeCompare(seen.get(b.key) ?? '')),
    open,
    memory: Object.fromEntries(seen),
    nextLookAt: earliest(open.map(dueAt)),
  };
}

export function earliest(times: readonly (Date | undefined)[]): Date | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : new Date(Math.min(...known.map((time) => time.getTime())));
}
