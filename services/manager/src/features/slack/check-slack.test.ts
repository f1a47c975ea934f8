import { expect, it } from 'vitest';

import { checkSlack } from './check-slack.ts';

const all = ['chat:write', 'channels:history', 'groups:history', 'files:write', 'users:read', 'users:read.email'];
const withScopes = (scopes: readonly string[] | undefined) =>
  checkSlack({ authTest: () => Promise.resolve({ team: 'Shop', user: 'releases', scopes }) });

it('is content with every scope, and where Slack does not tell', async () => {
  expect(await withScopes(all)).toEqual({ status: 'ok', message: 'the token counts for releases in Shop' });
  expect(await withScopes(undefined)).toMatchObject({ status: 'ok' });
});

it('says what is missing, and what that means', async () => {
  const found = await withScopes(all.filter((scope) => !scope.endsWith('history')));
  expect(found).toMatchObject({ status: 'warning', message: expect.stringContaining('“at least once”') as string });
  expect(await withScopes(['files:write'])).toMatchObject({ status: 'failed' });
});
