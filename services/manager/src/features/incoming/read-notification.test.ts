import { describe, expect, it, test } from 'vitest';

import { parseIncomingKey } from './incoming-key.ts';
import { readNotification, type Place } from './read-notification.ts';

const id = 'main-0123456789-abcdef0123';
const key = `incoming/web/${id}.zip`;
const place: Place = { bucket: 'artifacts', prefix: '' };

interface Event {
  readonly key?: unknown;
  readonly bucket?: unknown;
  readonly eventName?: unknown;
}

/** As AWS sends it, with what nobody reads. */
function record({ key: name = key, bucket = 'artifacts', eventName = 'ObjectCreated:Put' }: Event = {}): object {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'eu-west-1',
    eventTime: '2026-01-02T03:04:05.678Z',
    eventName,
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'incoming',
      bucket: { name: bucket, arn: 'arn:aws:s3:::artifacts' },
      object: { key: name, size: 7, eTag: 'd41d8cd98f00b204e9800998ecf8427e', sequencer: '0055AED6DCD90281E5' },
    },
  };
}

const message = (...records: unknown[]): string => JSON.stringify({ Records: records });
const codes = (body: string, at = place): string[] => readNotification(body, at).problems.map(({ code }) => code);

describe('a message', () => {
  it('tells of objects', () => {
    const other = `incoming/api/${id}.zip`;
    expect(readNotification(message(record(), record({ key: other })), place)).toEqual({
      announced: [
        { key, size: 7 },
        { key: other, size: 7 },
      ],
      problems: [],
      elsewhere: 0,
    });
  });

  it.each([
    'ObjectCreated:Put',
    'ObjectCreated:CompleteMultipartUpload',
    'ObjectCreated:Copy',
    's3:ObjectCreated:Post',
  ])('counts when it says %s', (eventName) => {
    expect(readNotification(message(record({ eventName })), place).announced).toHaveLength(1);
  });

  it.each([
    'ObjectRemoved:Delete',
    'ObjectRestore:Completed',
    'ReducedRedundancyLostObject',
    'LifecycleExpiration:Delete',
  ])('says nothing when it says %s', (eventName) => {
    expect(readNotification(message(record({ eventName })), place)).toEqual({
      announced: [],
      problems: [],
      elsewhere: 0,
    });
  });

  it('is nothing when it only tries the way', () => {
    const body = JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'artifacts', RequestId: 'X' });
    expect(readNotification(body, place)).toEqual({ announced: [], problems: [], elsewhere: 0 });
  });

  test.each([
    ['', 'incoming.not-json'],
    ['hello', 'incoming.not-json'],
    ['{"Records":', 'incoming.not-json'],
    ['null', 'incoming.unknown-shape'],
    ['[]', 'incoming.unknown-shape'],
    ['{}', 'incoming.unknown-shape'],
    ['{"Records":[]}', 'incoming.unknown-shape'],
    ['{"Records":"x"}', 'incoming.unknown-shape'],
    ['{"Records":[null]}', 'incoming.unknown-shape'],
    ['{"Records":[{"eventName":"ObjectCreated:Put"}]}', 'incoming.unknown-shape'],
    [JSON.stringify({ Type: 'Notification', Message: message(record()) }), 'incoming.unknown-shape'],
    [message(record({ key: 7 })), 'incoming.unknown-shape'],
    [message({ ...record(), eventName: ['ObjectCreated:Put'] }), 'incoming.unknown-shape'],
  ])('W4 %j is a problem that can be seen: %s', (body, code) => {
    expect(codes(body)).toEqual([code]);
    expect(readNotification(body, place).announced).toEqual([]);
  });

  it('W4 counts beside a record that cannot be read', () => {
    const { announced, problems } = readNotification(message(null, record(), record({ key: 'incoming/x' })), place);
    expect(announced).toHaveLength(1);
    expect(problems.map(({ code }) => code)).toEqual(['incoming.unknown-shape', 'incoming.key']);
  });
});

describe('a key', () => {
  it.each([key, key.replaceAll('/', '%2F'), key.replaceAll('-', '%2D'), encodeURIComponent(key)])(
    'is read as a value of a form: %s',
    (name) => {
      expect(readNotification(message(record({ key: name })), place).announced).toEqual([{ key, size: 7 }]);
    },
  );

  it.each([
    `incoming/web/${id}.zip+`,
    `incoming/a+b/${id}.zip`,
    `incoming/a%2Bb/${id}.zip`,
    `incoming/a b/${id}.zip`,
    'incoming/web/%C3%A9%2B.zip',
    `incoming/web/${id}`,
    `incoming/web/${id}.zip/`,
    `incoming/web/extra/${id}.zip`,
    `incoming/web%2F..%2Fapi/${id}.zip`,
    `incoming/../artifacts/web/${id}.zip`,
    `incoming//${id}.zip`,
    'incoming/web/.zip',
    'incoming/web/main.zip',
    `incoming/Web/${id}.zip`,
    'incoming/%00/x.zip',
    'incoming/%ZZ.zip',
    'incoming/',
  ])('W4 %j is no incoming key', (name) => {
    expect(codes(message(record({ key: name })))).toEqual(['incoming.key']);
  });

  it.each([`artifacts/web/${id}.zip`, 'uploads/web/x.zip', 'incomings/web', 'x', `x/incoming/web/${id}.zip`])(
    '%j is elsewhere, and only counted',
    (name) => {
      expect(readNotification(message(record({ key: name })), place)).toEqual({
        announced: [],
        problems: [],
        elsewhere: 1,
      });
    },
  );

  it('lies below the prefix of the store', () => {
    const below = { ...place, prefix: 'team/rm' };
    expect(readNotification(message(record({ key: `team/rm/${key}` })), below).announced).toEqual([{ key, size: 7 }]);
    expect(readNotification(message(record()), below).elsewhere).toBe(1);
    expect(readNotification(message(record({ key: `team/rmx/${key}` })), below).elsewhere).toBe(1);
  });

  it('W4 of a bucket that is not ours is refused, and shown', () => {
    const { announced, problems } = readNotification(message(record({ bucket: 'evil' })), place);
    expect(announced).toEqual([]);
    expect(problems).toMatchObject([{ code: 'incoming.other-bucket', subject: `s3://evil/${key}` }]);
  });

  it('names a service and an artifact', () => {
    expect(parseIncomingKey(key)).toEqual({ service: 'web', id });
    // A8: the service is the whole segment.
    expect(parseIncomingKey(`incoming/web-x/${id}.zip`)).toEqual({ service: 'web-x', id });
    expect(parseIncomingKey(`${key}\n`)).toBeUndefined();
  });
});
