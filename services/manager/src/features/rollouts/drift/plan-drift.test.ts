import { describe, expect, test } from 'vitest';

import type { Difference } from './difference.ts';
import { planDrift, type ClusterSight, type Drift, type DriftChange, type DriftPlan } from './plan-drift.ts';

const start = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);
const scaled: Difference = { object: 'Deployment shop/web', uid: 'u', field: 'replicas', wanted: '2', live: '5' };
const clear = (...differences: Difference[]): ClusterSight => ({ kind: 'clear', differences });
const behind = (...differences: Difference[]): ClusterSight => ({ kind: 'behind', differences });
const unknown: ClusterSight = { kind: 'unknown', again: false };
const plan = (known: readonly Drift[], sight: ClusterSight, seconds: number): DriftPlan =>
  planDrift(known, new Map([['eu', sight]]), at(seconds));
const drift = (more: Partial<Drift> = {}): Drift => ({ ...scaled, cluster: 'eu', since: start, ...more });
const reported = drift({ reportedAt: at(60) });
const kinds = ({ changes }: DriftPlan): string[] => changes.map(({ kind }) => kind);
const seconds = ({ nextLookAt }: DriftPlan): number | undefined =>
  nextLookAt && (nextLookAt.getTime() - start.getTime()) / 1000;

/** Looks one after another, each with what the one before left. */
function follow(...looks: readonly (readonly [seconds: number, sight: ClusterSight])[]): string[] {
  let known: readonly Drift[] = [];
  const said: string[] = [];
  for (const [when, sight] of looks) {
    const { changes } = plan(known, sight, when);
    said.push(...changes.flatMap(({ kind }) => (kind === 'report' || kind === 'end' ? [`${kind} ${when}`] : [])));
    known = after(known, changes);
  }
  return said;
}

function after(known: readonly Drift[], changes: readonly DriftChange[]): readonly Drift[] {
  const kept = new Map(known.map((each) => [each.field, each]));
  for (const { kind, drift: changed } of changes) {
    if (kind === 'forget' || kind === 'end') kept.delete(changed.field);
    else kept.set(changed.field, changed);
  }
  return [...kept.values()];
}

describe('a difference', () => {
  test('that stands for a minute is told of once, and once when it is gone', () => {
    const looks = [0, 30, 60, 90, 400].map((when) => [when, clear(scaled)] as const);
    expect(follow(...looks, [500, clear()], [560, clear()])).toEqual(['report 60', 'end 500']);
  });

  test('that goes away within a minute is never told of', () => {
    expect(follow([0, clear(scaled)], [59, clear()], [61, clear(scaled)], [119, clear(scaled)])).toEqual([]);
  });

  test('that changes is the same drift', () => {
    const more = { ...scaled, live: '7', by: 'kubectl' };
    expect(follow([0, clear(scaled)], [40, clear(more)], [60, clear(more)], [90, clear(scaled)])).toEqual([
      'report 60',
    ]);
    expect(plan([reported], clear(more), 90).changes).toEqual([
      { kind: 'update', drift: { ...more, cluster: 'eu', since: start, reportedAt: at(60) } },
    ]);
    expect(kinds(plan([reported], clear(scaled), 90))).toEqual([]);
  });

  test('is looked at again when its minute is over, and now and then after that', () => {
    expect(seconds(plan([], clear(scaled), 5))).toBe(65);
    expect(seconds(plan([drift()], clear(scaled), 20))).toBe(60);
    expect(seconds(plan([drift()], clear(scaled), 60))).toBe(360);
    expect(seconds(plan([reported], clear(scaled), 100))).toBe(400);
    expect(plan([], clear(), 5)).toEqual({ changes: [], nextLookAt: undefined });
  });
});

describe('while Flux is behind or suspended', () => {
  test('what differs is not called drift, its minute begins anew, and it is looked at again', () => {
    expect(follow([0, clear(scaled)], [30, behind(scaled)], [300, behind(scaled)], [360, clear(scaled)])).toEqual([]);
    expect(seconds(plan([], behind(scaled), 0))).toBe(60);
  });

  test('what was told stays, and ends when it is gone', () => {
    expect(kinds(plan([reported], behind(scaled), 100))).toEqual([]);
    expect(kinds(plan([reported], behind(), 100))).toEqual(['end']);
  });
});

describe('while nothing can be told', () => {
  test('what was told stays, and what was not begins anew', () => {
    expect(plan([reported], unknown, 100)).toEqual({ changes: [], nextLookAt: at(400) });
    expect(kinds(plan([drift()], unknown, 100))).toEqual(['forget']);
    expect(seconds(plan([], { kind: 'unknown', again: true }, 0))).toBe(60);
  });
});

test('a cluster that the environment has no more is not asked any more', () => {
  const elsewhere = { ...reported, cluster: 'us' };
  expect(plan([elsewhere, drift({ cluster: 'asia' })], clear(), 100).changes).toEqual([
    { kind: 'end', drift: elsewhere, why: 'its cluster is not asked any more' },
    { kind: 'forget', drift: drift({ cluster: 'asia' }) },
  ]);
});

test('of thousands the first fifty are told of, and none of these ends because another one comes', () => {
  const many = Array.from({ length: 2_000 }, (_, index) => ({ ...scaled, object: `Deployment shop/web-${index}` }));
  const { changes } = plan([], clear(...many), 0);
  expect(changes).toHaveLength(50);
  const known = changes.map(({ drift: noted }) => ({ ...noted, reportedAt: at(60) }));
  expect(plan(known, clear(scaled, ...many), 100).changes).toEqual([]);
  expect(kinds(plan(known, clear(scaled, ...many.slice(1)), 100))).toEqual(['end', 'note']);
});

test('fields and objects are drifts of their own', () => {
  const other = { ...scaled, object: 'Deployment shop/api' };
  const image = { ...scaled, field: 'image of app' };
  const { changes } = plan([reported], clear(other, image), 100);
  expect(changes.map(({ kind, drift: { object, field } }) => `${kind} ${object} ${field}`)).toEqual([
    'end Deployment shop/web replicas',
    'note Deployment shop/api replicas',
    'note Deployment shop/web image of app',
  ]);
});
