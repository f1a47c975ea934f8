import { expect, test } from 'vitest';

import { answerText, commandSection } from './render-commands.ts';

test('an answer is one item of a list, and its end is left out where it is long', () => {
  expect(answerText({ ok: true, says: 'web\nprod: not there\n', next: 'ask @ada' })).toBe(
    'web<br>prod: not there<br>What to do: ask @\u200Bada',
  );
  const answer = answerText({ ok: true, says: Array.from({ length: 20 }, () => '$'.repeat(500)).join('\n') });
  expect(answer.length).toBeLessThan(3100);
  expect(answer.endsWith('…')).toBe(true);
});

test('five of the longest leave room for the table in what GitHub takes', () => {
  const answer = answerText({ ok: false, says: '$#\n'.repeat(9000), next: '$'.repeat(9000) });
  const one = { login: 'ada', asked: '/why prod', answer, succeeded: false };
  expect(commandSection([one, one, one, one, one]).join('\n\n').length).toBeLessThan(30_000);
});
