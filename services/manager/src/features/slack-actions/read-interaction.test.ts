import { expect, test } from 'vitest';

import { readInteraction } from './read-interaction.ts';

test('a command holds nothing that the database cannot keep', () => {
  const form = {
    command: '/release',
    text: 'hold web dev a\0b',
    user_id: 'U0ADA',
    response_url: 'https://hooks.slack.com/x',
  };
  expect(readInteraction(new URLSearchParams(form).toString())).toMatchObject({
    asked: { command: { verb: 'hold', reason: 'a b' } },
  });
});
