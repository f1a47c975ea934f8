import { describe, expect, test } from 'vitest';

import { renderTracker, type TrackerText } from './render-tracker.ts';
import type { TrackedRelease, TrackedTarget } from './tracked-target.ts';

const merge = 'a'.repeat(40);
const artifactId = 'main-aaaaaaaaaa-abcdef0123';

const release = (more: Partial<TrackedRelease> = {}): TrackedRelease => ({
  id: 'rel_1',
  artifactId,
  state: 'healthy',
  ended: true,
  says: 'healthy',
  since: new Date('2026-01-02T12:03:00Z'),
  progress: undefined,
  rolledBackBy: undefined,
  trouble: undefined,
  ...more,
});
const at = (environment: string, more: Partial<TrackedRelease> = {}, sha = merge): TrackedTarget => ({
  service: 'web',
  environment,
  stage: { kind: 'release', release: release(more), sha },
});
const render = (targets: readonly TrackedTarget[], more: Partial<TrackerText> = {}): string =>
  renderTracker({
    targets,
    environments: ['dev', 'staging', 'prod'],
    mergeSha: merge,
    mergedAt: new Date('2026-01-02T11:50:00Z'),
    commands: [],
    links: { manager: 'https://rm.example', release: (id) => `https://rm.example/v1/releases/${id}` },
    ...more,
  }) ?? '';
const headline = (targets: readonly TrackedTarget[]): string | undefined => render(targets).split('\n')[1];

describe('the comment after the merge', () => {
  test('on its way', () => {
    expect(
      render([
        at('dev'),
        at('staging', {
          state: 'rolling-out',
          ended: false,
          progress: { done: 3, wanted: 5 },
          since: new Date('2026-01-02T12:05:00Z'),
        }),
        { service: 'web', environment: 'prod', stage: { kind: 'build' } },
      ]),
    ).toMatchInlineSnapshot(`
      "<!-- release-manager: what merging this does -->
      **Merged: live in dev, on its way to staging and prod.**

      | Service | Environment | State |
      | --- | --- | --- |
      | web | dev | ✓ healthy since 2026-01-02 12:03 UTC ([main-aaaaaaaaaa-abcdef0123](https://rm.example/v1/releases/rel_1)) |
      | web | staging | … rolling out 3/5 since 2026-01-02 12:05 UTC ([main-aaaaaaaaaa-abcdef0123](https://rm.example/v1/releases/rel_1)) |
      | web | prod | … waits for CI to push an artifact of the merge |

      <sub>Merged as aaaaaaaaaa 2026-01-02 11:50 UTC. Kept up to date by the release manager.</sub>
      "
    `);
  });

  test('live', () => {
    expect(render([at('dev'), at('prod', { since: new Date('2026-01-02T12:14:00Z') }, 'b'.repeat(40))]))
      .toMatchInlineSnapshot(`
      "<!-- release-manager: what merging this does -->
      **Live in prod since 2026-01-02 12:14 UTC.**

      | Service | Environment | State |
      | --- | --- | --- |
      | web | dev | ✓ healthy since 2026-01-02 12:03 UTC ([main-aaaaaaaaaa-abcdef0123](https://rm.example/v1/releases/rel_1)) |
      | web | prod | ✓ healthy since 2026-01-02 12:14 UTC ([main-aaaaaaaaaa-abcdef0123](https://rm.example/v1/releases/rel_1)) |

      <sub>Merged as aaaaaaaaaa 2026-01-02 11:50 UTC, and built with what came after it: bbbbbbbbbb. Kept up to date by the release manager.</sub>
      "
    `);
  });

  test('a crash with what it printed', () => {
    const trouble = {
      cluster: 'eu',
      since: new Date('2026-01-02T12:20:00Z'),
      message: 'Deployment shop/web: the container app crashes',
      next: 'look at the log',
      log: ['TypeError: @all is not a function', '```', '    at main (/app/main.js:1:1)'],
      logOf: 'app of web-5d',
    };
    expect(render([at('prod', { state: 'failed', says: 'the container app crashes', trouble })]))
      .toMatchInlineSnapshot(`
      "<!-- release-manager: what merging this does -->
      **Merged: in trouble in prod.**

      | Service | Environment | State |
      | --- | --- | --- |
      | web | prod | ✗ failed 2026-01-02 12:03 UTC: the container app crashes ([main-aaaaaaaaaa-abcdef0123](https://rm.example/v1/releases/rel_1)) |

      <details><summary>web in prod: what went wrong</summary>

      eu: Deployment shop/web: the container app crashes

      What to do: look at the log

      The last lines of app of web-5d:

      \`\`\`\`text
      TypeError: @all is not a function
      \`\`\`
          at main (/app/main.js:1:1)
      \`\`\`\`

      </details>

      <sub>Merged as aaaaaaaaaa 2026-01-02 11:50 UTC. Kept up to date by the release manager.</sub>
      "
    `);
  });

  test.each<[string, readonly TrackedTarget[], string]>([
    ['queued', [at('dev', { state: 'queued', ended: false })], '**Merged: on its way to dev.**'],
    ['live in one', [at('dev'), at('prod', { state: 'waiting' })], '**Merged: live in dev, on its way to prod.**'],
    ['failed', [at('dev', { state: 'failed' }), at('prod')], '**Merged: in trouble in dev, live in prod.**'],
    [
      'rolled back',
      [at('dev'), at('prod', { rolledBackBy: 'rel_2' })],
      '**Merged: rolled back in prod, live in dev.**',
    ],
    [
      'crashed afterwards',
      [
        at('dev'),
        at('prod', {
          trouble: {
            cluster: 'eu',
            since: new Date(0),
            message: 'it crashes',
            next: undefined,
            log: [],
            logOf: undefined,
          },
        }),
      ],
      '**Merged: in trouble in prod, live in dev.**',
    ],
    ['ends at committed', [at('dev', { state: 'committed' })], '**Live in dev since 2026-01-02 12:03 UTC.**'],
    ['committed and watched', [at('dev', { state: 'committed', ended: false })], '**Merged: on its way to dev.**'],
    [
      'one of two services',
      [at('dev'), { ...at('dev', { state: 'queued' }), service: 'api' }],
      '**Merged: on its way to dev.**',
    ],
    ['an environment that is no more', [at('old')], '**Live in old since 2026-01-02 12:03 UTC.**'],
  ])('%s', (_what, targets, words) => {
    expect(headline(targets)).toBe(words);
  });

  test.each<[Partial<TrackedRelease>, string]>([
    [{ state: 'queued' }, '… queued 2026-01-02 12:03 UTC'],
    [{ state: 'committed', ended: false, says: 'waits for Flux' }, '… committed 2026-01-02 12:03 UTC, waits for Flux'],
    [{ state: 'applied' }, '… applied 2026-01-02 12:03 UTC'],
    [{ state: 'failed', says: 'a | b' }, String.raw`✗ failed 2026-01-02 12:03 UTC: a \| b`],
    [{ state: 'denied', says: 'no' }, '⛔ denied 2026-01-02 12:03 UTC: no'],
    [{ state: 'waiting', says: 'prod is held' }, '⏸ waits since 2026-01-02 12:03 UTC: prod is held'],
    [{ state: 'superseded', says: 'superseded by rel_2' }, String.raw`– superseded by rel\_2`],
    [{ rolledBackBy: 'rel_2' }, '↩ rolled back by rel_2; was healthy since 2026-01-02 12:03 UTC'],
  ])('%o', (more, words) => {
    expect(render([at('dev', more)])).toContain(`| web | dev | ${words} ([`);
  });

  test('nothing is said of a merge that goes nowhere', () => {
    expect(
      renderTracker({
        targets: [],
        environments: [],
        mergeSha: merge,
        mergedAt: undefined,
        commands: [],
        links: { manager: '', release: () => '' },
      }),
    ).toBeUndefined();
  });
});
