import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';

export const whoami = defineCommand({
  noun: 'whoami',
  summary: 'Shows which manager is asked, and who the token speaks for.',
  shows: true,
  examples: [{ line: 'release-cli whoami', says: 'who am I there?' }],
  async run({ context }) {
    const { url } = await context.connection();
    const { actor, token } = await (await context.api()).call('whoami', {});
    const expiry = token === undefined ? '' : `, token "${token.name}" until ${token.expiresAt}`;
    const mail = actor.email === undefined ? '' : ` <${actor.email}>`;
    await context.output.show({
      value: { url, actor, ...(token === undefined ? {} : { token }) },
      table: [[`${actor.name}${mail} (${actor.kind}) at ${url}${expiry}`]],
    });
    return exitCodes.done.code;
  },
});
