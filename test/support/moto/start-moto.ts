import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

import { installMoto } from './build-moto.ts';

/** S3 and SQS on the loopback, where the one really tells the other of its objects, until they are stopped. */
export interface Moto extends AsyncDisposable {
  /** What the AWS SDK reads from the environment to reach this server and nothing else. */
  readonly environment: Readonly<Record<string, string>>;
  /** The address of a bucket, to put objects to as somebody else would. */
  readonly endpoint: string;
  createBucket(name: string): Promise<void>;
  /** @returns its URL */
  createQueue(name: string): Promise<string>;
  /** PutBucketNotificationConfiguration: every new object whose key begins with the prefix is told to the queue. */
  notify(bucket: string, queue: string, prefix: string): Promise<void>;
  putObject(bucket: string, key: string, content: Uint8Array<ArrayBuffer>): Promise<void>;
  /** At most a thousand keys that begin with the prefix. */
  listKeys(bucket: string, prefix: string): Promise<string[]>;
  /** Sends what nobody but the bucket should. */
  send(queueUrl: string, body: string): Promise<void>;
  /** Messages that wait, and those that somebody has received and not removed. */
  count(queueUrl: string): Promise<{ waiting: number; hidden: number }>;
}

const startTimeoutMs = 60_000;
const region = 'us-east-1';

/** Installs the server where that was not done yet, and starts it on a free port. It keeps everything in memory. */
export async function startMoto(): Promise<Moto> {
  const python = await installMoto();
  const port = await freePort();
  const child = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/' },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await answering(`${endpoint}/moto-api/`, child);
  } catch (error) {
    await stopChild(child);
    throw error;
  }
  return {
    ...operations(endpoint),
    endpoint,
    environment: sdkEnvironment(endpoint),
    [Symbol.asyncDispose]: () => stopChild(child),
  };
}

function operations(endpoint: string): Omit<Moto, 'endpoint' | 'environment' | typeof Symbol.asyncDispose> {
  const s3 = async (path: string, body: string | Uint8Array<ArrayBuffer> | null = null): Promise<void> => {
    await call(`${endpoint}/${path}`, { method: 'PUT', headers: { authorization: credential('s3') }, body });
  };
  const sqs = async (action: string, parameters: object): Promise<Record<string, unknown>> => {
    const headers = {
      authorization: credential('sqs'),
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${action}`,
    };
    const answer = await call(endpoint, { method: 'POST', headers, body: JSON.stringify(parameters) });
    return (answer === '' ? {} : JSON.parse(answer)) as Record<string, unknown>;
  };
  return {
    createBucket: (name) => s3(name),
    putObject: (bucket, key, content) => s3(`${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`, content),
    async listKeys(bucket, prefix) {
      const query = new URLSearchParams({ 'list-type': '2', prefix });
      const xml = await call(`${endpoint}/${bucket}?${query.toString()}`, {
        headers: { authorization: credential('s3') },
      });
      return [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key);
    },
    async createQueue(name) {
      const { QueueUrl: url } = await sqs('CreateQueue', { QueueName: name });
      return String(url);
    },
    notify: (bucket, queue, prefix) => s3(`${bucket}?notification`, notification(queue, prefix)),
    async send(queueUrl, body) {
      await sqs('SendMessage', { QueueUrl: queueUrl, MessageBody: body });
    },
    async count(queueUrl) {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'];
      const { Attributes: found } = await sqs('GetQueueAttributes', { QueueUrl: queueUrl, AttributeNames: names });
      const attributes = found as Record<string, string>;
      const [waiting, hidden] = names.map((name) => Number(attributes[name]));
      return { waiting: waiting ?? Number.NaN, hidden: hidden ?? Number.NaN };
    },
  };
}

function notification(queue: string, prefix: string): string {
  const rule = `<S3Key><FilterRule><Name>prefix</Name><Value>${prefix}</Value></FilterRule></S3Key>`;
  return `<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><QueueConfiguration><Id>incoming</Id><Queue>arn:aws:sqs:${region}:123456789012:${queue}</Queue><Event>s3:ObjectCreated:*</Event><Filter>${rule}</Filter></QueueConfiguration></NotificationConfiguration>`;
}

/** The server looks up the service that is meant in here, and verifies nothing. */
function credential(service: string): string {
  return `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
}

async function call(url: string, init: RequestInit): Promise<string> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return text;
}

function sdkEnvironment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** The server does not say which port it took when it is given none. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined) return;
    if (child.exitCode !== null) throw new Error(`moto ended with code ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error(`moto does not answer at ${url}`);
    await setTimeout(50);
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
