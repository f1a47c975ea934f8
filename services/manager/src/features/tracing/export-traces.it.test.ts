import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { silentLogger } from '@release-manager/runtime';
import { createTraceExporter, type TraceExporter } from '@release-manager/tracing';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { exportNext } from './export-traces.ts';
import { traceIdOf } from './release-spans.ts';

/** A span as OTLP writes it in JSON (opentelemetry-proto, trace.proto). */
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}
interface OtlpRequest {
  readonly resourceSpans: { readonly scopeSpans: { readonly spans: OtlpSpan[] }[] }[];
}

let room: ReleaseRoom;
let collector: Server;
let exporter: TraceExporter;
let status: number;
const requests: { readonly path: string; readonly authorization: string | undefined; readonly body: OtlpRequest }[] =
  [];

beforeEach(async () => {
  room = await openReleaseRoom();
  status = 200;
  requests.length = 0;
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as OtlpRequest;
      if (status === 200)
        requests.push({ path: request.url ?? '', authorization: request.headers.authorization, body });
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => {
    collector.listen(0, '127.0.0.1', resolve);
  });
  const { port } = collector.address() as AddressInfo;
  exporter = createTraceExporter({
    endpoint: `http://127.0.0.1:${port}/`,
    headers: { authorization: 'Bearer collector' },
    serviceName: 'release-manager',
    version: '1',
  });
});

afterEach(async () => {
  await exporter.close();
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));
  await room.close();
});

const look = () => exportNext({ database: room.database, exporter, logger: silentLogger });
const spans = () =>
  requests.flatMap(({ body }) =>
    body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((each) => each.spans)),
  );

async function release(service: string): Promise<string> {
  const artifact = await room.artifact({ service, text: 'a' });
  const wish = { service, environments: ['dev'], what: { artifact: artifact.id } };
  const { outcomes } = await room.service.request(ada, wish);
  await room.write();
  return outcomes[0]?.release?.id ?? '';
}

it('tells of each release once, with its states, and of nothing that was before anybody asked', async () => {
  await release('before');
  await look();
  expect(requests).toEqual([]);

  const id = await release('web');
  await look();
  await look();

  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({ path: '/v1/traces', authorization: 'Bearer collector' });
  const [root, queued] = spans();
  expect(root).toMatchObject({ traceId: traceIdOf(id), name: 'release web to dev' });
  expect(queued).toMatchObject({ traceId: traceIdOf(id), parentSpanId: root?.spanId, name: 'queued' });
  expect(BigInt(queued?.endTimeUnixNano ?? 0)).toBeGreaterThanOrEqual(BigInt(queued?.startTimeUnixNano ?? 1));
});

it('keeps what the collector did not take, and tells it when it is back', async () => {
  await look();
  const id = await release('web');
  status = 400;
  await expect(look()).rejects.toMatchObject({ code: 'tracing.refused' });
  expect(requests).toEqual([]);

  status = 200;
  await look();
  expect(spans().map(({ traceId }) => traceId)).toContain(traceIdOf(id));
});

it('does not take a release that a daemon watches for ended when it is committed', async () => {
  await look();
  const id = await release('web');
  await room.database.db('releases').where({ id }).update({ watched: true });
  await look();
  expect(requests).toEqual([]);
});
