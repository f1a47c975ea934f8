import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';

import type { LedgerEntry, ReleaseView } from '@release-manager/contract';
import { afterEach, expect, test } from 'vitest';

import type { World } from '../../core/world.ts';
import { fakeManager, type FakeManager } from '../../testing/fake-manager.ts';
import { runInTest, type TestOptions } from '../../testing/run-in-test.ts';
import { ledgerEntry, releaseId, releaseView } from '../../testing/views.ts';

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
});

/** The manager behind a real socket, with real time and the real fetch in front of it. */
async function listen(manager: FakeManager): Promise<TestOptions> {
  server = createServer((request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const answer = async (): Promise<void> => {
      const body = Buffer.concat(await request.toArray());
      const result = await manager.fetch(`http://manager${request.url ?? ''}`, {
        method: request.method ?? 'GET',
        headers: request.headers as Record<string, string>,
        signal: gone.signal,
        ...(body.length === 0 ? {} : { body }),
      });
      response.writeHead(result.status, Object.fromEntries(result.headers));
      response.flushHeaders();
      if (result.body !== null) await pipeline(Readable.fromWeb(result.body as never), response);
    };
    answer().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sleep: World['sleep'] = (milliseconds, signal) =>
    wait(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  return { fetch, now: () => new Date(), sleep, env: { RELEASE_MANAGER_URL: `http://127.0.0.1:${port}` } };
}

const healthy = releaseView({ state: 'healthy', ended: true, says: 'it runs' });

/** Something that happens once, and that others wait for. */
function event(): { readonly happened: Promise<void>; readonly happen: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { happened: promise, happen: resolve };
}

function untilGone(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

test('an event of the stream is seen at once, and the connection ends with the following', async () => {
  let current: ReleaseView = releaseView();
  const closed = event();
  let told = 0;
  const options = await listen(
    fakeManager({
      showRelease: () => current,
      async *followEvents(_, signal): AsyncGenerator<LedgerEntry> {
        signal.addEventListener('abort', closed.happen);
        yield ledgerEntry('1', { release: releaseId.replace(/1$/, '2') });
        current = healthy;
        told = performance.now();
        yield ledgerEntry('2');
        await untilGone(signal);
      },
    }),
  );
  const { code, err } = await runInTest(['follow', releaseId], options);
  expect(code).toBe(0);
  expect(err).toContain('healthy it runs');
  expect(performance.now() - told).toBeLessThan(900);
  await closed.happened;
});

test('a connection that breaks is taken up again behind the last entry', async () => {
  let current: ReleaseView = releaseView();
  let looked = event();
  const manager = fakeManager({
    showRelease() {
      looked.happen();
      return current;
    },
    async *followEvents(input, signal): AsyncGenerator<LedgerEntry> {
      if (input['after'] === undefined) {
        looked = event();
        yield ledgerEntry('7');
        // The entry makes the CLI look: it has arrived.
        await looked.happened;
        server?.closeAllConnections();
        return;
      }
      current = healthy;
      yield ledgerEntry('8');
      await untilGone(signal);
    },
  });
  const { code } = await runInTest(['follow', releaseId], await listen(manager));
  expect(code).toBe(0);
  expect(manager.calls.filter(({ id }) => id === 'followEvents').map(({ input }) => input['after'])).toEqual([
    undefined,
    '7',
  ]);
});

test('without a stream looking at intervals is enough', async () => {
  let looks = 0;
  const manager = fakeManager({ showRelease: () => ((looks += 1) > 2 ? healthy : releaseView()) });
  expect((await runInTest(['follow', releaseId], await listen(manager))).code).toBe(0);
});

test('Ctrl-C closes the stream and says how to come back', async () => {
  const closed = event();
  const interrupt = new AbortController();
  const options = await listen(
    fakeManager({
      showRelease: () => releaseView(),
      async *followEvents(_, signal): AsyncGenerator<LedgerEntry> {
        signal.addEventListener('abort', closed.happen);
        yield ledgerEntry('1');
        interrupt.abort();
        await untilGone(signal);
      },
    }),
  );
  const { code, err } = await runInTest(['follow', releaseId], { ...options, signal: interrupt.signal });
  expect(code).toBe(130);
  expect(err).toContain(`release-cli follow ${releaseId}`);
  await closed.happened;
});

test('status --watch shows every change until Ctrl-C', async () => {
  const interrupt = new AbortController();
  let shown = 0;
  const options = await listen(
    fakeManager({
      showStatus() {
        shown += 1;
        if (shown === 2) setImmediate(() => interrupt.abort());
        return { items: [{ service: 'web', environments: [{ environment: 'dev', pending: [releaseView()] }] }] };
      },
      async *followEvents(_, signal): AsyncGenerator<LedgerEntry> {
        yield ledgerEntry('1');
        yield ledgerEntry('2');
        await untilGone(signal);
      },
    }),
  );
  const { code, err } = await runInTest(['status', '--all', '--watch'], { ...options, signal: interrupt.signal });
  expect(code).toBe(130);
  expect(shown).toBe(2);
  expect(err).toContain('pushed to the config repo');
});
