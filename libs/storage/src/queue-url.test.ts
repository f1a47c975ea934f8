import { expect, test } from 'vitest';

import { parseQueueUrl } from './queue-url.ts';

test.each([
  ['https://sqs.eu-west-1.amazonaws.com/123456789012/incoming', 'eu-west-1'],
  ['https://eu-west-1.queue.amazonaws.com/123456789012/incoming', 'eu-west-1'],
  ['https://sqs.cn-north-1.amazonaws.com.cn/123456789012/incoming', 'cn-north-1'],
  ['http://127.0.0.1:5000/123456789012/incoming', undefined],
  ['https://sqs.evil.example.com/123456789012/incoming', undefined],
])('%s is in the region %s', (url, region) => {
  expect(parseQueueUrl(url)).toEqual({ url, endpoint: new URL(url).origin, ...(region && { region }) });
});

test.each([
  '',
  'incoming',
  'sqs://queue',
  'https://sqs.eu-west-1.amazonaws.com/',
  'https://key:secret@sqs.eu-west-1.amazonaws.com/1/incoming',
  'https://sqs.eu-west-1.amazonaws.com/1/incoming?Action=DeleteQueue',
  'arn:aws:sqs:eu-west-1:123456789012:incoming',
])('%j is no queue, and what may be a secret is not repeated', (url) => {
  expect(() => parseQueueUrl(url)).toThrow(
    expect.objectContaining({ code: 'queue.url', message: 'ARTIFACT_QUEUE_URL is not the URL of an SQS queue.' }),
  );
});
