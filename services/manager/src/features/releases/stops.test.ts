import { decide, type RuleOpinion } from '@release-manager/domain';
import { describe, expect, it } from 'vitest';

import { waitsForStopsOnly, withStops } from './stops.ts';

const says = (rule: string, verdict: RuleOpinion['verdict']): RuleOpinion => ({ rule, verdict, explanation: rule });

describe('a decision with the stops of now', () => {
  it('has them in the place of those of then, and keeps what the rules said', () => {
    const then = decide([says('auto-release', 'allows'), says('hold', 'waits'), says('recovery', 'waits')], 'c1');
    expect(withStops(then, [])).toEqual(decide([says('auto-release', 'allows')], 'c1'));
    expect(withStops(then, [says('quarantine', 'denies')]).verdict).toBe('denied');
    expect(withStops(undefined, [says('hold', 'waits')]).verdict).toBe('waiting');
  });
});

describe('a release takes the place of older ones', () => {
  it.each([
    ['allowed', [says('auto-release', 'allows')], true],
    ['held', [says('auto-release', 'allows'), says('hold', 'waits'), says('recovery', 'waits')], true],
    ['not proven yet', [says('sha-reachable', 'waits'), says('hold', 'waits')], false],
    ['quarantined', [says('quarantine', 'denies')], false],
  ] as const)('when it is %s: %#', (_, opinions, expected) => {
    expect(waitsForStopsOnly(decide([...opinions]))).toBe(expected);
  });
});
