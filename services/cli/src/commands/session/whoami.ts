import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';

export const whoami = defineCommand({
  noun: 'whoami',
  summary: 'Shows which manager is asked, and who the token speaks for.',
  shows: true,
  examples: [{ line: 'release-cli whoami', says: 'who am I there?' }],
  async run({ context }) {
    const { url } = await context.connection();
    const { actor, token, teams = [], notices = [] } = await (await context.api()).call('whoami', {});
    const expiry = token === undefined ? '' : `, token "${token.name}" until ${token.expiresAt}`;
    const membership = teams.length === 0 ? '' : `, in ${teams.join(', ')}`;
    const mail = actor.email === undefined ? '' : ` <${actor.email}>`;
    await context.output.show({
      value: { url, actor, ...(token === undefined ? {} : { token }), teams, notices },
      table: [[`${actor.name}${mail} (${actor.kind}${membership}) at ${url}${expiry}`]],
    });
    if (context.output.format === 'table') for (const notice of notices) context.output.warn(notice);
    return exitCodes.done.code;
  },
});
