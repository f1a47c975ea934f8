import type { Reachability } from '@release-manager/github';
import { expect, it } from 'vitest';

import { foreignSource, judgeSource, unansweredSource } from './judge-source.ts';

const at = new Date('2026-05-04T10:00:00Z');
const tip = 'b'.repeat(40);
const claim = { repository: 'https://github.com/shop/web', branch: 'main', sha: 'a1b2c3d4e5'.repeat(4) };
const judge = (answer: Reachability, isTrusted = false) => judgeSource({ answer, claim, isTrusted, at });

it.each([
  [{ kind: 'reachable', relation: 'identical', tip }, 'proven', 'GitHub says that a1b2c3d4e5 is the tip of main'],
  [{ kind: 'reachable', relation: 'behind', tip }, 'proven', 'GitHub says that a1b2c3d4e5 is in the history of main'],
  [{ kind: 'not-reachable', relation: 'ahead', tip }, 'refuted', 'a1b2c3d4e5 is not on main: it was not merged there'],
  [{ kind: 'not-reachable', relation: 'diverged', tip }, 'refuted', 'the branch went another way, or was rewritten'],
  [{ kind: 'no-commit', tip }, 'refuted', 'GitHub does not know the commit a1b2c3d4e5'],
  [{ kind: 'no-branch' }, 'refuted', 'there is no branch main in https://github.com/shop/web'],
  [{ kind: 'no-repository' }, 'refuted', 'GitHub does not know https://github.com/shop/web'],
  [{ kind: 'elsewhere', host: 'gitlab.com' }, 'refuted', 'lies at gitlab.com, which is not the GitHub'],
] as const)('%j is %s', (answer, state, words) => {
  const proof = judge(answer);
  expect(proof).toMatchObject({ state, by: 'github', at: at.toISOString(), repository: claim.repository });
  expect(proof.says).toContain(words);
  expect(proof.next === undefined).toBe(state === 'proven');
});

it('a trusted service is believed where GitHub cannot be asked, and nowhere else', () => {
  expect(judge({ kind: 'elsewhere', host: 'gitlab.com' }, true)).toMatchObject({
    state: 'proven',
    by: 'trustIncoming',
  });
  expect(judge({ kind: 'not-reachable', relation: 'ahead', tip }, true).state).toBe('refuted');
  expect(judge({ kind: 'no-repository' }, true).state).toBe('refuted');
});

it('another repository than that of the service is refuted without asking', () => {
  const proof = foreignSource('https://github.com/evil/web', claim.repository, at);
  expect(proof).toMatchObject({ state: 'refuted', answer: 'other-repository' });
});

it('silence is no answer', () => {
  expect(unansweredSource('GitHub cannot be reached', at)).toMatchObject({ state: 'waiting' });
});
