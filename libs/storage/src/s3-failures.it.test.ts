import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { inspect } from 'node:util';

import { messageOf } from '@release-manager/domain';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { collect } from './artifact-store.behaviour.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { createS3Store } from './s3-store.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const accessKey = `AKIA${randomBytes(8).toString('hex').toUpperCase()}`;
const secretKey = randomBytes(20).toString('hex');

describe('S3 store with a server that fails', () => {
  let server: Server;
  let store: ArtifactStore;
  let answer: Answer = () => undefined;

  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    vi.stubEnv('AWS_ACCESS_KEY_ID', accessKey);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretKey);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    const endpoint = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    store = await createS3Store({ bucket: 'artifacts', endpoint });
  });

  afterAll(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });

  it.each([
    [403, 'AccessDenied', 'storage.refused', /s3:ListBucket/],
    [403, 'InvalidAccessKeyId', 'storage.refused', /AWS_REGION/],
    [404, 'NoSuchBucket', 'storage.refused', /Create the bucket/],
    [301, 'PermanentRedirect', 'storage.refused', /AWS_REGION/],
    [400, 'AuthorizationHeaderMalformed', 'storage.refused', /AWS_REGION/],
    [501, 'NotImplemented', 'storage.unavailable', /state of the store/],
  ])('tells %i %s by what to do, and G6 gives no secret away', async (status, code, appCode, next) => {
    answer = refusal(status, code);
    const failures = await Promise.all([
      failureOf(store.check()),
      failureOf(store.read('a/b.zip', 10)),
      failureOf(store.write('a/b.zip', Buffer.from('x'))),
      failureOf(store.remove('a/b.zip')),
      failureOf(collect(store.list(''))),
    ]);
    for (const failure of failures) {
      expect(failure).toMatchObject({
        kind: 'unavailable',
        code: appCode,
        next: expect.stringMatching(next) as string,
      });
      expect(messageOf(failure)).toContain(code);
      expect(inspect(failure, { depth: 10 })).not.toMatch(new RegExp(`${accessKey}|${secretKey}|X-Amz|Authorization:`));
    }
  });

  it('tries again what failed for a moment', async () => {
    const answers = [refusal(503, 'SlowDown'), refusal(500, 'InternalError'), ok];
    answer = (request, response) => answers.shift()?.(request, response);
    await store.remove('a/b.zip');
    expect(answers).toEqual([]);
  });

  it('gives up when it goes on, and says so', async () => {
    answer = refusal(503, 'SlowDown');
    await expect(store.remove('a/b.zip')).rejects.toMatchObject({
      code: 'storage.unavailable',
      details: { action: 's3:DeleteObject', code: 'SlowDown', status: 503 },
    });
  });

  it('takes a lost conditional write for what it is: the object exists', async () => {
    answer = refusal(412, 'PreconditionFailed');
    await expect(store.write('a/b.zip', Buffer.from('x'))).resolves.toBeUndefined();
  });

  it('asks, when another writer was at work, whether that one succeeded', async () => {
    const conflict = refusal(409, 'ConditionalRequestConflict');
    answer = (request, response) =>
      request.method === 'HEAD' ? response.writeHead(404).end() : conflict(request, response);
    await expect(store.write('a/b.zip', Buffer.from('x'))).rejects.toMatchObject({ code: 'storage.unavailable' });
    answer = (request, response) =>
      request.method === 'HEAD'
        ? response.writeHead(200, { 'content-length': '1' }).end()
        : conflict(request, response);
    await store.write('a/b.zip', Buffer.from('x'));
  });

  it('reads no endless body, whatever length it claims', async () => {
    answer = (_, response) => {
      response.writeHead(200);
      const pump = (): void => {
        while (response.write(Buffer.alloc(65_536))) if (response.destroyed) return;
        response.once('drain', pump);
      };
      pump();
    };
    await expect(store.read('a/b.zip', 100_000)).rejects.toMatchObject({ code: 'storage.too-large' });
    answer = (_, response) => response.writeHead(200, { 'content-length': '1000000' }).write('x');
    await expect(store.read('a/b.zip', 100_000)).rejects.toMatchObject({ code: 'storage.too-large' });
  });

  it('notices a body that was cut off', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => response.destroy());
    };
    await expect(store.read('a/b.zip', 100)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('A8 is not stopped by names that others gave', async () => {
    const names = ['incoming%2Fweb%2Fok.zip', 'incoming%2F..%2Fx', 'a+b', '%01', '%ZZ', 'incoming%2Fa%2Bb.zip'];
    const contents = names.map((name) => `<Contents><Key>${name}</Key><Size>1</Size></Contents>`).join('');
    answer = (_, response) =>
      response.end(`<ListBucketResult><EncodingType>url</EncodingType>${contents}</ListBucketResult>`);
    const keys = (await collect(store.list(''))).map((found) => found.key);
    expect(keys).toEqual(['incoming/web/ok.zip', 'incoming/a+b.zip']);
  });

  it.each([
    ['AWS_REGION', undefined, 'http://127.0.0.1:1', /Set AWS_REGION/],
    ['AWS_REGION', '', 'http://127.0.0.1:1', /Set AWS_REGION/],
    ['AWS_ACCESS_KEY_ID', '', 'http://127.0.0.1:1', /Give the manager credentials/],
    ['AWS_REGION', 'us-east-1', 'no url', /Correct AWS_ENDPOINT_URL_S3/],
  ])('says what is missing: %s=%s, endpoint %s', async (name, value, endpoint, next) => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    const before = process.env[name];
    vi.stubEnv(name, value);
    const failure = await createS3Store({ bucket: 'artifacts', endpoint }).then((broken) => failureOf(broken.check()));
    vi.stubEnv(name, before);
    expect(failure).toMatchObject({ code: 'storage.refused', next: expect.stringMatching(next) as string });
  });

  it('says that a server is not there', async () => {
    const absent = await createS3Store({ bucket: 'artifacts', endpoint: 'http://127.0.0.1:1' });
    await expect(absent.check()).rejects.toMatchObject({
      code: 'storage.unavailable',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
  });
});

/** As the real ones say it: with the access key and what was signed. */
function refusal(status: number, code: string): Answer {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>for ${accessKey}</Message><AWSAccessKeyId>${accessKey}</AWSAccessKeyId><StringToSign>${secretKey}</StringToSign></Error>`;
  return (_, response) => response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
}

const ok: Answer = (_, response) => response.writeHead(204).end();

async function failureOf(operation: Promise<unknown>): Promise<unknown> {
  return operation.then(
    () => undefined,
    (error: unknown) => error,
  );
}
