import { expect, test } from 'vitest';

import { readGithubEvent } from './github-event.ts';

test('a comment is kept without what the database cannot keep: half a character, a NUL', () => {
  const body = `/why\0prod ${'x'.repeat(1989)}😀 and more`;
  const found = readGithubEvent('issue_comment', {
    action: 'created',
    repository: { full_name: 'acme/shop', html_url: 'https://github.com/acme/shop' },
    issue: { number: 7, pull_request: {} },
    comment: { id: 1, body, user: { login: 'ada' }, created_at: '2026-03-01T00:00:00Z' },
  });
  expect(JSON.stringify(found)).not.toMatch(/\\u0000|\\ud83d/);
  expect(JSON.stringify(found)).toContain('/why prod');
});
