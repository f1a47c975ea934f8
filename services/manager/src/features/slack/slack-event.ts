import type { NotificationEvent } from '@release-manager/config-repo';

import type { LedgerRow } from '../ledger/index.ts';

/** The kinds of entries that tell of a hold. */
export const holdKinds: ReadonlySet<string> = new Set(['hold.set', 'hold.lifted', 'hold.expired', 'hold.restored']);

/** The kinds of entries that tell of a CI run. */
export const buildKinds: ReadonlySet<string> = new Set(['build.started', 'build.finished', 'build.abandoned']);

const states: ReadonlySet<string> = new Set([
  'waiting',
  'denied',
  'queued',
  'committed',
  'applied',
  'rolling-out',
  'healthy',
  'failed',
  'superseded',
  'cancelled',
]);

/** What an entry of the record is to whoever wants to hear of it; nothing for what only changes what a message shows. */
export function eventOf({ kind, to_state: to }: Pick<LedgerRow, 'kind' | 'to_state'>): NotificationEvent | undefined {
  if (kind === 'release.recovered') return 'recovered';
  if (kind === 'incident.opened') return 'crashed';
  // Of what was only read again after the database was lost (`release.rebuilt`) nobody wants to hear.
  if (to === null || !states.has(to) || kind !== `release.${to}`) return undefined;
  return to as NotificationEvent;
}

/**
 * Whether an entry is of a release and may change what a message of it shows. What was rebuilt from the config repo after a loss
 * of the database happened long ago: people heard of it then, and a channel that hears all of it again hears nothing else.
 */
export function concernsRelease({ kind, release_id: id }: Pick<LedgerRow, 'kind' | 'release_id'>): boolean {
  return id !== null && kind !== 'release.rebuilt' && (kind.startsWith('release.') || kind.startsWith('incident.'));
}

/** Where the log of a crash is kept. */
export interface LogPlace {
  readonly cluster: string;
  readonly podUid: string;
  readonly container: string;
}

/** What stands in a thread; kept as it was when it happened. */
export type PostSubject =
  | { readonly kind: 'parent' }
  | { readonly kind: 'details'; readonly release: string }
  | TroubleSubject
  | { readonly kind: 'log'; readonly release: string; readonly place: LogPlace };

export interface TroubleSubject {
  readonly kind: 'failed' | 'crashed';
  readonly release: string;
  readonly says: string;
  readonly next?: string | undefined;
  readonly cluster?: string | undefined;
  readonly place?: LogPlace | undefined;
  /** Shown in the channel as well. */
  readonly broadcast?: boolean | undefined;
  /** How it ended. */
  readonly resolved?: string | undefined;
}

/** A post and its name within the message. */
export interface NewPost {
  readonly item: string;
  readonly subject: PostSubject;
}

/** What an entry adds to the thread. */
export function postOf(entry: LedgerRow): NewPost | undefined {
  const { release_id: release, id, details } = entry;
  if (release === null) return undefined;
  const event = eventOf(entry);
  if (event === 'committed') return { item: `details/${release}`, subject: { kind: 'details', release } };
  if (event === 'failed') {
    return { item: `failed/${release}`, subject: troubleOf(event, entry, details['failure']) };
  }
  if (event !== 'crashed') return undefined;
  const why = { cluster: details['cluster'], ...record(details['why']) };
  return { item: `crashed/${id}`, subject: troubleOf(event, entry, why) };
}

function troubleOf(kind: TroubleSubject['kind'], { release_id: id, cause }: LedgerRow, raw: unknown): TroubleSubject {
  const release = id ?? '';
  const why = record(raw);
  const [message, object] = [text(why['message']), text(why['object'])];
  const says = message === undefined ? cause : object === undefined ? message : `${object}: ${message}`;
  const cluster = text(why['cluster']);
  return { kind, release, says, next: text(why['next']), cluster, place: placeOf(cluster, why['log']) };
}

function placeOf(cluster: string | undefined, raw: unknown): LogPlace | undefined {
  const log = record(raw);
  const [podUid, container] = [text(log['podUid']), text(log['container'])];
  return cluster === undefined || podUid === undefined || container === undefined
    ? undefined
    : { cluster, podUid, container };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
