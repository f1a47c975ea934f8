import { z } from 'zod';

import { incomingPrefix, parseIncomingKey } from './incoming-key.ts';
import type { Problem } from './problem.ts';

/** Where this installation keeps its artifacts. */
export interface Place {
  readonly bucket: string;
  /** Put before every key, without slashes at its ends; may be empty. */
  readonly prefix: string;
}

/** An object that a message tells of. */
export interface Announced {
  /** Below the prefix of the place. */
  readonly key: string;
  /** Bytes, as it was when it was written. */
  readonly size?: number;
}

export interface Notification {
  readonly announced: readonly Announced[];
  readonly problems: readonly Problem[];
  /** Objects of this bucket that are none of `incoming/`: the notification is wider than it needs to be. */
  readonly elsewhere: number;
}

/** Sent once, when somebody configures the notification. */
const TestEvent = z.object({ Event: z.literal('s3:TestEvent') });
const Envelope = z.object({ Records: z.array(z.unknown()).min(1) });
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html, of it what is needed. */
const EventRecord = z.object({
  eventName: z.string(),
  s3: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({ key: z.string(), size: z.number().int().nonnegative().optional() }),
  }),
});

const nothing: Notification = { announced: [], problems: [], elsewhere: 0 };

/** What one message of the queue says. Never throws: whatever cannot be read is a problem, and the rest counts. */
export function readNotification(body: string, place: Place): Notification {
  const json = parseJson(body);
  if (json === undefined) return problem('not-json', body, 'A message of the queue is not JSON.', onlyTheBucket);
  if (TestEvent.safeParse(json).success) return nothing;
  const envelope = Envelope.safeParse(json);
  if (!envelope.success) return problem('unknown-shape', body, 'A message of the queue is no S3 event.', onlyTheBucket);
  const parts = envelope.data.Records.map((record) => readRecord(record, place));
  return {
    announced: parts.flatMap(({ announced }) => announced),
    problems: parts.flatMap(({ problems }) => problems),
    elsewhere: parts.reduce((sum, { elsewhere }) => sum + elsewhere, 0),
  };
}

const onlyTheBucket = 'let nothing but the bucket send to the queue, and without SNS or EventBridge in between';

function readRecord(record: unknown, { bucket, prefix }: Place): Notification {
  const parsed = EventRecord.safeParse(record);
  if (!parsed.success)
    return problem('unknown-shape', JSON.stringify(record), 'A record of a message is no S3 event.', onlyTheBucket);
  const { eventName, s3 } = parsed.data;
  // AWS leaves out what others put before it.
  if (!/^(?:s3:)?ObjectCreated:/.test(eventName)) return nothing;
  if (s3.bucket.name !== bucket) {
    const next = 'take the notification away from that bucket: its objects are not read';
    return problem(
      'other-bucket',
      `s3://${s3.bucket.name}/${s3.object.key}`,
      'It is in a bucket that is not ours.',
      next,
    );
  }
  const decoded = decodeKey(s3.object.key);
  const start = prefix === '' ? '' : `${prefix}/`;
  if (decoded?.startsWith(`${start}${incomingPrefix}`) === false) return { ...nothing, elsewhere: 1 };
  const key = decoded?.slice(start.length);
  if (key === undefined || parseIncomingKey(key) === undefined)
    return { ...nothing, problems: [keyProblem(key ?? s3.object.key)] };
  const { size } = s3.object;
  return { ...nothing, announced: [{ key, ...(size === undefined ? {} : { size }) }] };
}

export function keyProblem(key: string): Problem {
  return {
    code: 'incoming.key',
    subject: key,
    message: 'The key names no service and artifact.',
    next: 'upload to incoming/<service>/<artifact id>.zip, and remove the object',
  };
}

/** Keys in events are encoded like a value of a form: `+` is a space, `%2B` a plus. AWS leaves the slash bare, others do not. */
function decodeKey(key: string): string | undefined {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function problem(what: string, subject: string, message: string, next: string): Notification {
  return { ...nothing, problems: [{ code: `incoming.${what}`, subject, message, next }] };
}
