import { expect, it } from 'vitest';

import { releaseSpans, traceIdOf, type TracedRelease } from './release-spans.ts';

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const release = (...states: readonly string[]): TracedRelease => ({
  id: 'rel_1',
  service: 'web',
  environment: 'prod',
  artifactId: 'main-0123456789-abcdef0123',
  intent: 'branch',
  automatic: false,
  steps: states.map((to, index) => ({ to, at: at(index), cause: `is ${to}` })),
});

it('has a span for the release and one for each state that it was in', () => {
  const [root, ...states] = releaseSpans(release('queued', 'committed', 'applied', 'healthy'));
  expect(root).toMatchObject({ name: 'release web to prod', start: at(0), end: at(3), traceId: traceIdOf('rel_1') });
  expect(root?.failure).toBeUndefined();
  expect(root?.attributes).toMatchObject({
    'release.state': 'healthy',
    'release.artifact': 'main-0123456789-abcdef0123',
  });
  expect(states.map(({ name, start, end, parentId }) => [name, start, end, parentId])).toEqual([
    ['queued', at(0), at(1), root?.spanId],
    ['committed', at(1), at(2), root?.spanId],
    ['applied', at(2), at(3), root?.spanId],
  ]);
});

it('gives a release the same ids each time, and no other release one of them', () => {
  const ids = (id: string): string[] =>
    releaseSpans({ ...release('queued', 'healthy'), id }).flatMap(({ traceId, spanId }) => [traceId, spanId]);
  expect(ids('rel_1')).toEqual(ids('rel_1'));
  expect(new Set([...ids('rel_1'), ...ids('rel_2')]).size).toBe(6);
  expect(traceIdOf('rel_1')).toMatch(/^[0-9a-f]{32}$/);
});

it.each(['failed', 'denied'])('says why a release is %s', (state) => {
  expect(releaseSpans(release('queued', state))[0]?.failure).toBe(`is ${state}`);
});

it('adds the time of healing to what was told when it failed', () => {
  const failed = releaseSpans(release('queued', 'committed', 'failed'));
  const healing = release('queued', 'committed', 'failed', 'healthy');
  const healed = releaseSpans({ ...healing, failureIsTold: true });
  expect(healed).toMatchObject([{ name: 'failed', start: at(2), end: at(3), parentId: failed[0]?.spanId }]);
  expect(failed.map(({ spanId }) => spanId)).not.toContain(healed[0]?.spanId);
});

it('tells all of a release that healed before anybody was told that it had failed', () => {
  const spans = releaseSpans(release('queued', 'committed', 'failed', 'healthy'));
  expect(spans.map(({ name }) => name)).toEqual(['release web to prod', 'queued', 'committed', 'failed']);
  expect(spans[0]?.failure).toBeUndefined();
});

it('has nothing to say of a release without a record', () => {
  expect(releaseSpans(release())).toEqual([]);
});
