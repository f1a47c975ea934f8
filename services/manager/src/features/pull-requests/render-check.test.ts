import { describe, expect, test } from 'vitest';

import type { PlannedTarget } from './plan-of.ts';
import { renderCheck } from './render-check.ts';

const target = (environment: string, waits = false): PlannedTarget => ({
  service: 'web',
  environment,
  policy: { id: 'p', says: 'New artifacts of main go there.', file: 'policies/web.yaml', line: 3 },
  decision: {
    verdict: waits ? 'waiting' : 'allowed',
    opinions: waits ? [{ rule: 'hold', verdict: 'waits', explanation: 'it is held' }] : [],
  },
});
const render = (...targets: readonly PlannedTarget[]) =>
  renderCheck({
    plan: { targets, untouched: [], remarks: [] },
    baseBranch: 'main',
    links: { manager: 'https://rm.example', configFile: () => undefined },
  });

describe('the check beside the head', () => {
  test.each([
    ['everything goes', [target('dev'), target('prod')], 'Merging this releases to 2 places by itself', 'success'],
    [
      'one is held',
      [target('dev'), target('prod', true)],
      'Merging this releases to 1 of 2 places by itself',
      'neutral',
    ],
    ['nothing goes', [], 'Merging this releases nothing by itself', 'neutral'],
  ] as const)('%s', (_what, targets, title, conclusion) => {
    expect(render(...targets)).toMatchObject({ title, conclusion, detailsUrl: 'https://rm.example' });
  });

  test('it says the same as the comment', () => {
    const { summary } = render(target('dev'), target('prod', true));
    expect(summary).toContain('**Merging this into main releases web to dev by itself.**');
    expect(summary).toContain('| web | prod | New artifacts of main go there (policies/web.yaml:3) | ⏸ it is held |');
  });
});
