import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';

export const revokeToken = defineCommand({
  noun: 'token',
  verb: 'revoke',
  summary: 'Revokes a token at once.',
  args: { id: { summary: 'The id of the token, as `token list` shows it.', completes: 'token' } },
  shows: true,
  examples: [
    { line: 'release-cli token revoke tok_01j9z3k8y2v7m5n4p6q0r1s2t3', says: 'it leaked, or nobody needs it' },
  ],
  async run({ args, context }) {
    const token = await (await context.api()).call('revokeToken', { id: args.id });
    context.output.say(`revoked ${token.kind} token "${token.name}"`);
    await context.output.show({ value: token, table: [] });
    return exitCodes.done.code;
  },
});
