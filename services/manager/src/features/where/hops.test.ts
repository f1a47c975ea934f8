import { expect, test } from 'vitest';

import { artifactHops, releaseHops } from './hops.ts';
import type { FoundArtifact } from './where-store.ts';

const at = (second: number): Date => new Date(Date.UTC(2026, 2, 1, 12, 0, second));
const artifact: FoundArtifact = {
  id: 'main-0123456789-abcdef0123',
  seq: 1,
  service: 'web',
  branch: 'main',
  sha: '0'.repeat(40),
  state: 'ready',
  author: null,
  subject: null,
  built_from: at(0).toISOString(),
  built_at: at(30).toISOString(),
  registered_at: at(31),
  verified_at: at(33),
  verdicts: { dev: 'ready' },
};
const shown = (hops: readonly { name: string; seconds: number }[]): string[] =>
  hops.map(({ name, seconds }) => `${name} ${seconds}`);

test('from CI to the verdict, with the time of each', () => {
  expect(shown(artifactHops(artifact))).toEqual(['built 30', 'registered 1', 'ready 2']);
  expect(shown(artifactHops({ ...artifact, state: 'uploaded', verified_at: null }))).toEqual([
    'built 30',
    'registered 1',
  ]);
  expect(shown(artifactHops({ ...artifact, built_from: null, built_at: null }))).toEqual(['registered 0', 'ready 2']);
});

test('a CI whose clock is ahead, or that says nonsense, makes no hop negative or unreadable', () => {
  const ahead = { ...artifact, built_at: at(59).toISOString() };
  expect(shown(artifactHops(ahead))).toEqual(['built 59', 'registered 0', 'ready 2']);
  expect(shown(artifactHops({ ...artifact, built_at: 'yesterday' }))).toEqual(['registered 0', 'ready 2']);
});

test('from the request to what the clusters made of it', () => {
  const steps = [
    { state: 'queued', at: at(40) },
    { state: 'committed', at: at(41) },
    { state: 'applied', at: at(44) },
    { state: 'failed', at: at(50) },
    { state: 'healthy', at: at(59) },
  ];
  expect(shown(releaseHops({ requestedAt: at(40), committedAt: at(41) }, steps, at(33)))).toEqual([
    'requested 7',
    'queued 0',
    'committed 1',
    'applied 3',
    'failed 6',
    'healthy 9',
  ]);
});

test('a rebuilt database knows when it was committed, and nothing of the steps', () => {
  expect(shown(releaseHops({ requestedAt: at(40), committedAt: at(42) }, [], undefined))).toEqual([
    'requested 0',
    'committed 2',
  ]);
});
