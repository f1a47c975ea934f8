import { buildId, type Check } from '@release-manager/contract';
import type { Database } from '@release-manager/postgres';
import { silentLogger } from '@release-manager/runtime';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openBuildRoom, ciToken, codeOf, pack, sha, type BuildRoom } from '../../testing/build-room.ts';
import { sweepBuilds } from './sweep-builds.ts';

let test: TestDatabase;
let database: Database;
let room: BuildRoom;

beforeAll(async () => {
  test = await testDatabase();
  ({ database } = test);
  room = await openBuildRoom(database);
});
afterAll(async () => {
  await room.close();
  await test.drop();
});

const unit: Check = { kind: 'test', name: 'unit', status: 'running' };
const passed: Check = { ...unit, status: 'passed', url: 'https://ci.example.com/7', data: { passed: '120' } };
const scan: Check = { kind: 'scan', name: 'images', status: 'failed' };

const ledger = (service: string) =>
  database
    .db('ledger')
    .where({ service })
    .whereLike('kind', 'build.%')
    .orderBy('id')
    .select<{ kind: string; from_state: string | null }[]>('kind', 'from_state');

describe('a build', () => {
  it('is begun by its first report, and what is said of a check last counts', async () => {
    const begun = await room.report('web', { checks: [unit] });
    expect(begun).toMatchObject({
      service: 'web',
      id: buildId(room.ci('web')),
      state: 'running',
      checks: [unit],
      reportedBy: { kind: 'ci', name: 'ci:ci' },
      source: { branch: 'main', sha },
    });
    expect((await room.report('web', { checks: [scan] })).checks).toEqual([unit, scan]);
    expect((await room.report('web', { checks: [passed] })).checks).toEqual([passed, scan]);
    expect((await room.report('web', {})).checks).toEqual([passed, scan]);
    expect(await room.show('web')).toMatchObject({ checks: [passed, scan], startedAt: begun.startedAt });
    expect(await ledger('web')).toEqual([{ kind: 'build.started', from_state: null }]);
  });

  it('may be reported by many steps at once', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `step ${index}`);
    await Promise.all(names.map((name) => room.report('parallel', { checks: [{ ...passed, name }] })));
    const { checks } = await room.show('parallel');
    expect(checks.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    expect(await ledger('parallel')).toHaveLength(1);
  });

  it('is listed, the last begun first, by service and state', async () => {
    for (const run of [1, 2, 3]) await room.report('listed', { ci: { ...room.ci('listed'), runNumber: run } });
    const page = await room.list({ service: 'listed', limit: 2 });
    expect(page.items.map(({ ci }) => ci.runNumber)).toEqual([3, 2]);
    const rest = await room.list({ service: 'listed', limit: 2, cursor: page.nextCursor });
    expect(rest.items.map(({ ci }) => ci.runNumber)).toEqual([1]);
    expect((await room.list({ service: 'listed', state: 'finished', limit: 2 })).items).toEqual([]);
  });

  it('that nobody has heard of is not found', async () => {
    expect(await codeOf(room.show('nobody'))).toBe('build.not-found');
  });
});

describe('refused', () => {
  it('A7 is a ci token of another service or branch', async () => {
    expect(await codeOf(room.report('guarded', {}, ciToken('other')))).toBe('access.forbidden');
    const principal = ciToken('guarded');
    const token = principal.token && { ...principal.token, branches: ['feature/*'] };
    expect(await codeOf(room.report('guarded', {}, { ...principal, ...(token && { token }) }))).toBe(
      'access.forbidden',
    );
  });

  it('A7 is another commit or branch in a build that began with one', async () => {
    await room.report('one-source', {});
    const source = { ...room.source('one-source'), branch: 'feature/x' };
    expect(await codeOf(room.report('one-source', { source, checks: [passed] }))).toBe('build.other-source');
    const other = { ...room.source('one-source'), sha: 'f'.repeat(40) };
    expect(await codeOf(room.report('one-source', { source: other }))).toBe('build.other-source');
    expect((await room.show('one-source')).checks).toEqual([]);
  });

  it('is an id that the run does not make, a run that nobody could tell from another, and a name that cannot be', async () => {
    expect(await codeOf(room.report('wrong-id', { id: '0'.repeat(20) }))).toBe('build.id-mismatch');
    expect(await codeOf(room.report('local', { ci: { provider: 'local' } }))).toBe('build.unknown-run');
    expect(await codeOf(room.report('kustomization', {}))).toBe('name.service');
    const data = { text: 'a\0b' };
    expect(await codeOf(room.report('nul', { checks: [{ ...passed, data }] }))).toBe('text.not-storable');
  });

  it('are more checks than an artifact may have', async () => {
    const many = Array.from({ length: 150 }, (_, index) => ({ ...passed, name: `first ${index}` }));
    await room.report('many', { checks: many });
    const more = many.map(({ name, ...check }) => ({ ...check, name: `${name} again` }));
    expect(await codeOf(room.report('many', { checks: more }))).toBe('artifact.too-many-checks');
    expect((await room.show('many')).checks).toHaveLength(150);
  });
});

describe('its artifact', () => {
  it('takes over the checks, and the build is finished', async () => {
    await room.report('built', { checks: [unit, scan] });
    const packed = await pack({ service: 'built', spec: { checks: [passed] } });
    const { artifact } = await room.artifacts.register(ciToken('built'), {
      ...packed,
      buildId: buildId(room.ci('built')),
    });
    expect(artifact.spec.checks).toEqual([passed, scan]);
    const build = await room.show('built');
    expect(build).toMatchObject({ state: 'finished', artifact: artifact.id });
    expect(build.endedAt).toBeDefined();
    expect((await ledger('built')).map(({ kind }) => kind)).toEqual(['build.started', 'build.finished']);
    // A retry of the push.
    await room.artifacts.register(ciToken('built'), { ...packed, buildId: build.id });
    expect(await ledger('built')).toHaveLength(2);
  });

  it('hears of what the build still says after it', async () => {
    await room.report('late', { checks: [unit] });
    const packed = await pack({ service: 'late' });
    const { artifact } = await room.artifacts.register(ciToken('late'), {
      ...packed,
      buildId: buildId(room.ci('late')),
    });
    const told = await room.report('late', { checks: [passed, scan] });
    expect(told).toMatchObject({ state: 'finished', checks: [passed, scan] });
    const shown = await room.artifacts.show(artifact.id, { seconds: 0, signal: AbortSignal.timeout(1_000) });
    expect(shown.spec.checks).toEqual([passed, scan]);
  });

  it('does without a build that nobody has heard of', async () => {
    const packed = await pack({ service: 'unheard', spec: { checks: [passed] } });
    const { artifact } = await room.artifacts.register(ciToken('unheard'), { ...packed, buildId: '0'.repeat(20) });
    expect(artifact.spec.checks).toEqual([passed]);
    expect(await ledger('unheard')).toEqual([]);
  });

  it('A7 is not of a build of another commit; then neither changes', async () => {
    await room.report('foreign', { checks: [unit] });
    const packed = await pack({ service: 'foreign', branch: 'feature' });
    const input = { ...packed, buildId: buildId(room.ci('foreign')) };
    expect(await codeOf(room.artifacts.register(ciToken('foreign'), input))).toBe('build.other-source');
    expect((await room.show('foreign')).state).toBe('running');
  });

  it('that is refused leaves its build running', async () => {
    await room.report('refused', { checks: [unit] });
    const packed = await pack({ service: 'refused', spec: { namespaces: { default: 'flux-system' } } });
    const input = { ...packed, buildId: buildId(room.ci('refused')) };
    expect(await codeOf(room.artifacts.register(ciToken('refused'), input))).toBe('service.flux-namespace');
    expect((await room.show('refused')).state).toBe('running');
  });
});

describe('a build that falls silent', () => {
  it('is given up after a day, once, and goes on when it is heard of again', async () => {
    await room.report('silent', { checks: [unit] });
    const later = (hours: number) => new Date(Date.now() + hours * 3_600_000);
    const sweep = (hours: number) => sweepBuilds({ database, logger: silentLogger, now: () => later(hours) });
    await sweep(23.9);
    expect((await room.show('silent')).state).toBe('running');
    await Promise.all([sweep(24.1), sweep(24.1)]);
    expect(await sweep(24.1)).toBe(0);
    expect((await room.show('silent')).state).toBe('abandoned');
    await room.report('silent', { checks: [passed] });
    const build = await room.show('silent');
    expect(build).toMatchObject({ state: 'running', checks: [passed] });
    expect(build.endedAt).toBeUndefined();
    expect(await ledger('silent')).toEqual([
      { kind: 'build.started', from_state: null },
      { kind: 'build.abandoned', from_state: 'running' },
      { kind: 'build.started', from_state: 'abandoned' },
    ]);
    // One that has ended in an artifact is not given up.
    expect((await room.show('built')).state).toBe('finished');
  });
});
