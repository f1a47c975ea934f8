import type { TokenView } from '@release-manager/contract';

import { defineCommand } from '../../core/define-command.ts';
import { ago } from '../../core/duration.ts';
import { exitCodes } from '../../core/exit-code.ts';

export const listTokens = defineCommand({
  noun: 'token',
  verb: 'list',
  summary: 'Lists tokens without their secrets: all for an administrator, their own for a person.',
  shows: true,
  examples: [{ line: 'release-cli token list', says: 'which tokens exist, and which are in use?' }],
  async run({ context }) {
    const { items } = await (await context.api()).call('listTokens', {});
    const now = context.world.now();
    await context.output.show({
      value: items,
      empty: 'no tokens',
      table: {
        heads: ['token', 'kind', 'name', 'for', 'used', 'state'],
        rows: items.map((token) => [
          token.id,
          token.kind,
          token.name,
          subject(token),
          token.lastUsedAt === undefined ? 'never' : ago(token.lastUsedAt, now),
          stateOf(token, now),
        ]),
      },
    });
    return exitCodes.done.code;
  },
});

function subject(token: TokenView): string {
  if (token.person !== undefined) return `${token.person.name} <${token.person.email}>`;
  if (token.environment !== undefined) return `${token.environment}/${token.cluster ?? 'default'}`;
  return token.kind === 'ci' ? `${token.services.join(',')} on ${token.branches.join(',')}` : '';
}

function stateOf(token: TokenView, now: Date): string {
  if (token.revokedAt !== undefined) return `revoked ${ago(token.revokedAt, now)}`;
  return Date.parse(token.expiresAt) <= now.getTime() ? 'expired' : `until ${token.expiresAt.slice(0, 10)}`;
}
