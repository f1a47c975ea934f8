import type { HistoryItem } from '@release-manager/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ada, openReleaseRoom } from '../../testing/release-room.ts';
import { appendLedger } from '../ledger/index.ts';
import { createHistoryRoutes } from './index.ts';

const mainFile = `environments:
  - { name: dev }
  - { name: prod }
policies:
  - { kind: branch-restriction, environment: prod, branch: main }
`;

let room: Awaited<ReturnType<typeof openReleaseRoom>>;
let first: string;
let second: string;

beforeAll(async () => {
  room = await openReleaseRoom({ mainFile });
  const release = async (text: string, environments: string[], reason?: string): Promise<string> => {
    const { id } = await room.artifact({ service: 'web', text, run: text.length });
    await room.service.request(ada, { service: 'web', environments, what: { artifact: id }, reason });
    await room.write();
    return id;
  };
  first = await release('a', ['dev', 'prod'], 'the first');
  second = await release('bb', ['prod'], 'customers wait');
  await note({ kind: 'hold.set', cause: 'ada held prod: too many errors', environment: 'prod' });
  await note({ kind: 'artifact.uploaded', cause: 'was uploaded' });
  await note({ kind: 'service.changed', cause: 'namespaces of web changed' });
  await note({ kind: 'recovery.began', cause: 'the database has forgotten something', service: undefined });
  await note({ kind: 'hold.set', cause: 'ada held dev: tests', environment: 'dev' });
  const other = await room.artifact({ service: 'api', text: 'a' });
  await room.service.request(ada, { service: 'api', environments: ['prod'], what: { artifact: other.id } });
});
afterAll(() => room.close());

async function note(entry: { kind: string; cause: string; environment?: string; service?: string | undefined }) {
  await room.database.transaction((tx) =>
    appendLedger(tx, { actor: ada, service: 'web', details: { reason: 'too many errors' }, at: new Date(), ...entry }),
  );
}

const query = { details: 'false', limit: 50 } as const;
type Query = Parameters<ReturnType<typeof createHistoryRoutes>['showHistory']>[0]['query'];

async function story(over: Partial<Query>): Promise<{ items: HistoryItem[]; nextCursor?: string | undefined }> {
  const { showHistory } = createHistoryRoutes(room);
  return showHistory({ query: { ...query, ...over } } as Parameters<typeof showHistory>[0]);
}

const kinds = ({ items }: { items: HistoryItem[] }): string[] => items.map(({ kind }) => kind);

it('of a service that never was is no empty story', async () => {
  await expect(story({ service: 'wbe' })).rejects.toMatchObject({ kind: 'not-found' });
  expect((await story({ service: 'web', since: '2099-01-01T00:00:00Z' })).items).toEqual([]);
});

it('of an environment that never was is no empty story either', async () => {
  await expect(story({ environment: 'prdo' })).rejects.toMatchObject({ code: 'environment.not-found' });
  expect((await story({ environment: 'prod', since: '2099-01-01T00:00:00Z' })).items).toEqual([]);
});

describe('the story of a service in an environment', () => {
  it('says who, what, why, by which rule, what was replaced and how it ended', async () => {
    const { items } = await story({ service: 'web', environment: 'prod' });
    const item = items.find(({ release }) => release?.artifact === second);
    expect(item).toMatchObject({
      who: { kind: 'person', name: 'ada' },
      says: `ada released ${second} to prod`,
      why: 'customers wait',
      replaced: first,
      ended: { state: 'committed' },
    });
    expect(item?.rules).toEqual([
      expect.objectContaining({ verdict: 'allows', place: 'release-manager.yaml:5' }) as unknown,
    ]);
    expect(item?.entries.map(({ kind }) => kind)).toEqual(['release.queued', 'release.committed']);
    expect(item?.entries.at(-1)?.says).toContain(`in the place of ${first}`);
  });

  it('tells all that happened there in one order, the last first, each release once', async () => {
    expect(kinds(await story({ service: 'web', environment: 'prod' }))).toEqual([
      'recovery.began',
      'service.changed',
      'hold.set',
      'release.queued',
      'release.queued',
    ]);
  });

  it('tells of one release, of everything, and of details, where that is asked for', async () => {
    const { items } = await story({ service: 'web', environment: 'prod' });
    const id = items.find(({ release }) => release?.artifact === first)?.release?.id;
    expect(kinds(await story({ release: id }))).toEqual(['release.queued']);
    expect((await story({})).items.map(({ service }) => service)).toContain('api');
    expect(kinds(await story({ service: 'web', details: 'true' }))).toContain('artifact.uploaded');
    expect(kinds(await story({ service: 'web' }))).not.toContain('artifact.uploaded');
  });

  it('says why of what is no release too', async () => {
    const { items } = await story({ service: 'web', environment: 'prod' });
    expect(items.find(({ kind }) => kind === 'hold.set')).toMatchObject({ why: 'too many errors', rules: [] });
  });

  it('comes in pages that join, and ends at a time', async () => {
    const whole = await story({ service: 'web' });
    const read: HistoryItem[] = [];
    let cursor: string | undefined;
    do {
      const page = await story({ service: 'web', limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      read.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(read).toEqual(whole.items);
    const since = whole.items[2]?.at ?? '';
    const recent = await story({ service: 'web', since });
    expect(recent.items.every(({ at }) => at >= since)).toBe(true);
    expect(recent.items.length).toBeLessThan(whole.items.length);
  });
});
