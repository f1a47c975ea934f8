import { z } from 'zod';

/** What can become news: the states of a release, what may follow them, and a CI run that is still under way. */
export const notificationEvents = [
  'building',
  'waiting',
  'denied',
  'queued',
  'committed',
  'applied',
  'rolling-out',
  'healthy',
  'failed',
  'recovered',
  'crashed',
  'superseded',
  'cancelled',
] as const;
export type NotificationEvent = (typeof notificationEvents)[number];

/** What an entry without `on` wants to hear: everything that a person asked for or automation did, but not what gave way unseen. */
export const usualEvents: readonly NotificationEvent[] = notificationEvents.filter(
  (event) => !['building', 'superseded', 'cancelled'].includes(event),
);
/** What a quiet place still hears. */
export const quietEvents: readonly NotificationEvent[] = ['failed', 'crashed'];

/** Slack's id of a channel, public (`C…`) or private (`G…`, of old ones). */
export function isSlackChannel(text: string): boolean {
  return /^[CG][A-Z0-9]{6,20}$/.test(text);
}

const channel = z
  .string()
  .refine(
    isSlackChannel,
    'the id of a Slack channel, such as C0123ABCD (its name may change; the id is in “View channel details”)',
  );
const pattern = z
  .string()
  .regex(/^[a-z0-9*-]{1,100}$/, 'a name or a glob has 1 to 100 characters of a-z, 0-9, "-" and "*"');

/** An entry of `notifications`. An absent list means all, also what has no owner; the first entry that covers a release counts. */
export const NotificationEntry = z
  .strictObject({
    owners: z.array(pattern).optional(),
    services: z.array(pattern).optional(),
    environments: z.array(pattern).optional(),
    /** What makes a message appear; once there, it shows everything that follows. Nothing for an empty list. */
    on: z.array(z.enum(notificationEvents)).optional(),
    /** Only failures and crashes: short for `on: [failed, crashed]`. */
    quiet: z.boolean().optional(),
    /** The channel; that of the owner's team when absent. */
    slack: channel.optional(),
  })
  .refine(({ on, quiet }) => on === undefined || quiet !== true, {
    message: 'quiet means on: [failed, crashed]; keep one of both',
    path: ['quiet'],
  });
export type NotificationEntry = Readonly<z.infer<typeof NotificationEntry>>;

/** An entry and its line in `release-manager.yaml`, counted from 1. */
export type LocatedNotification = NotificationEntry & { readonly line: number };
