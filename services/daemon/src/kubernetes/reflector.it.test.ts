import { silentLogger } from '@release-manager/runtime';
import { FakeApiServer, type KubeObject } from '@release-manager/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { resourceTypes, textAt } from '../objects/index.ts';
import { createApiClient, createTransport, Reflector } from './index.ts';
import type { ReflectorTiming } from './reflector.ts';

let server: FakeApiServer;
let follower: Follower;

/** What a reflector said, as one would note it down, and a way to wait for it. */
class Follower {
  readonly said: string[] = [];
  readonly sizes: string[] = [];
  readonly names = new Map<string, string>();
  readonly reflector: Reflector;
  readonly #waiting = new Set<() => void>();
  readonly #client = createApiClient(
    createTransport(
      { current: async () => ({ server: server.url, headers: {}, tls: {} }), refused: () => undefined },
      'x',
    ),
  );

  constructor(timing: Partial<ReflectorTiming> = {}) {
    this.reflector = new Reflector({
      client: this.#client,
      type: resourceTypes.pods,
      labelSelector: 'ours=yes',
      logger: silentLogger,
      timing: { base: 5, cap: 20, probeMs: 20, ...timing },
      handler: {
        seen: (object) => {
          const name = textAt(object, 'metadata', 'name') ?? '';
          this.names.set(textAt(object, 'metadata', 'uid') ?? '', name);
          this.#say(`seen ${name} ${textAt(object, 'status', 'phase') ?? ''}`.trim());
          this.sizes.push(JSON.stringify(object).includes('fieldsV1') ? 'with managedFields' : 'without');
        },
        deleted: (object) => this.#say(`deleted ${textAt(object, 'metadata', 'name') ?? ''}`),
        missing: (uid) => this.#say(`missing ${this.names.get(uid) ?? ''}`),
        listed: ({ uids }) => this.#say(`listed ${uids.length}`),
      },
    });
  }

  async until(line: string, times = 1): Promise<void> {
    while (this.said.filter((one) => one === line).length < times) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async stop(): Promise<void> {
    await this.reflector.stop();
    this.#client.close();
  }

  #say(line: string): void {
    this.said.push(line);
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function pod(name: string, phase = 'Pending', labels: Record<string, string> = { ours: 'yes' }): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', labels }, status: { phase } };
}

const lists = (): number => server.requests.filter(({ isWatch, query }) => !isWatch && !query.has('continue')).length;

beforeEach(async () => {
  server = await new FakeApiServer().start();
});

afterEach(async () => {
  await follower.stop();
  await server.stop();
});

describe('a list and a watch', () => {
  it('give everything in pages, then each change, of what meets the selector', async () => {
    for (let index = 0; index < 600; index += 1) server.put(pod(`p${index}`));
    server.put(pod('stranger', 'Pending', {}));
    follower = new Follower();
    await follower.until('listed 600');
    expect(server.requests.filter(({ query }) => query.has('continue'))).toHaveLength(5);
    server.put(pod('p0', 'Running'));
    await follower.until('seen p0 Running');
    server.put(pod('p1', 'Running', {}));
    await follower.until('deleted p1');
    server.remove('Pod', 'shop', 'p2');
    await follower.until('deleted p2');
    // The same name again is another object.
    server.put(pod('p2', 'Running'));
    await follower.until('seen p2 Running');
    expect(follower.said.join()).not.toContain('stranger');
    expect(follower.sizes).not.toContain('with managedFields');
    expect(lists()).toBe(1);
  });

  it('go on from the last version when the server ends the watch, or the connection breaks', async () => {
    server.put(pod('a'));
    follower = new Follower();
    await follower.until('listed 1');
    for (const end of ['close', 'drop'] as const) {
      await untilWatched();
      for (const watch of server.watches) watch[end]();
      server.put(pod('a', `after ${end}`));
      await follower.until(`seen a after ${end}`);
    }
    expect(lists()).toBe(1);
  });

  it('go on from the version of a bookmark', async () => {
    server.put(pod('a'));
    follower = new Follower();
    await follower.until('listed 1');
    await untilWatched();
    // Somebody else's changes: only a bookmark tells that time went on.
    server.put(pod('stranger', 'Pending', {}));
    server.bookmarkAll();
    server.put(pod('a', 'Running'));
    await follower.until('seen a Running');
    server.store.compact();
    for (const watch of server.watches) watch.close();
    server.put(pod('b'));
    await follower.until('seen b Pending');
    expect(lists()).toBe(1);
  });

  it('notice a peer that is gone without a word', async () => {
    server.put(pod('a'));
    follower = new Follower({ silenceMs: 100 });
    await follower.until('listed 1');
    await untilWatched();
    for (const watch of server.watches) watch.freeze();
    server.put(pod('a', 'Running'));
    await follower.until('seen a Running');
    expect(lists()).toBe(1);
  });
});

describe('a version that is too old', () => {
  it.each([
    ['in the stream', undefined],
    ['as an answer', { status: 410, message: 'too old resource version' }],
  ])('said %s makes a new list, which tells what was missed', async (_, fault) => {
    for (const name of ['a', 'b', 'c']) server.put(pod(name));
    follower = new Follower();
    await follower.until('listed 3');
    await untilWatched();
    let refused = fault === undefined;
    server.beforeRequest(({ isWatch }) => {
      if (refused || !isWatch) return undefined;
      refused = true;
      return fault;
    });
    for (const watch of server.watches) watch.freeze();
    server.remove('Pod', 'shop', 'b');
    server.put(pod('c', 'Running'));
    server.put(pod('d'));
    server.store.compact();
    for (const watch of server.watches) watch.drop();
    await follower.until('listed 3', 2);
    expect(follower.said.slice(-5)).toEqual([
      'seen a Pending',
      'seen c Running',
      'seen d Pending',
      'missing b',
      'listed 3',
    ]);
    server.put(pod('a', 'Running'));
    await follower.until('seen a Running');
  });

  it('between two pages begins the list again', async () => {
    for (let index = 0; index < 300; index += 1) server.put(pod(`p${index}`));
    let once = true;
    server.beforeRequest(({ query }) => {
      if (once && query.has('continue')) {
        once = false;
        server.expirePages();
      }
      return undefined;
    });
    follower = new Follower();
    await follower.until('listed 300');
    expect(lists()).toBe(2);
  });
});

describe('an API server in trouble', () => {
  it.each([
    ['429 with Retry-After', { status: 429, retryAfter: 0 }],
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ['a broken connection', 'drop' as const],
  ])('that answers with %s is asked again', async (_, fault) => {
    let faults = 3;
    server.beforeRequest(() => ((faults -= 1) >= 0 ? fault : undefined));
    server.put(pod('a'));
    follower = new Follower();
    await follower.until('listed 1');
    faults = 3;
    await untilWatched();
    for (const watch of server.watches) watch.drop();
    server.put(pod('a', 'Running'));
    await follower.until('seen a Running');
    expect(faults).toBeLessThan(0);
  });

  it('that is started again on its port is found, and an older state of it too', async () => {
    for (const phase of ['Pending', 'Running', 'Failed']) server.put(pod('a', phase));
    follower = new Follower();
    await follower.until('listed 1');
    const { port } = server;
    await server.stop();
    // As after etcd was restored from a backup: what was there is not, and versions are lower than before.
    server = new FakeApiServer();
    server.put(pod('b'));
    await server.start(port);
    await follower.until('seen b Pending');
    expect(follower.said).toContain('missing a');
  });

  it('that knows no such kind, or refuses it, is asked from time to time', async () => {
    server.put(pod('a'));
    let status = 404;
    server.beforeRequest(() => (status === 200 ? undefined : { status }));
    follower = new Follower();
    await follower.reflector.settled;
    expect(follower.reflector.state).toEqual({ name: 'absent' });
    status = 200;
    await follower.until('listed 1');
    await untilWatched();
    status = 403;
    for (const watch of server.watches) watch.drop();
    await eventually(() => follower.reflector.state.name === 'forbidden');
    status = 200;
    server.put(pod('a', 'Running'));
    await follower.until('seen a Running');
    expect(follower.reflector.state).toEqual({ name: 'following' });
  });
});

it('stops while it waits, lists or watches', async () => {
  server.beforeRequest(() => 'hang');
  follower = new Follower();
  await follower.stop();
  expect(follower.said).toEqual([]);
});

async function untilWatched(): Promise<void> {
  await eventually(() => server.watches.length > 0);
}

async function eventually(question: () => boolean): Promise<void> {
  while (!question()) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
