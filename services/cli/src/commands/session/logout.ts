import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { removeProfile } from '../../core/profile.ts';

export const logout = defineCommand({
  noun: 'logout',
  summary: 'Forgets what `login` stored; the token itself stays valid until it is revoked.',
  examples: [{ line: 'release-cli logout', says: 'before giving the machine away' }],
  async run({ context }) {
    const existed = await removeProfile(context.world.env);
    context.output.say(
      existed ? 'logged out; `release-cli token revoke <id>` ends a token for good' : 'nothing was stored',
    );
    return exitCodes.done.code;
  },
});
