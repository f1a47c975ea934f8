import { AppError } from '@release-manager/domain';

import { createApi } from '../../core/api.ts';
import { checkedToken, isExposed, managerUrl } from '../../core/connection.ts';
import type { Context } from '../../core/context.ts';
import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { writeProfile } from '../../core/profile.ts';
import { UsageError } from '../../core/usage-error.ts';

export const login = defineCommand({
  noun: 'login',
  summary: 'Stores the address of a manager and a token for it, after trying them.',
  details: [
    'The token is asked for without echo on a terminal, or read from standard input. It is never an argument, where others could read it.',
  ],
  args: { url: { summary: 'The address of the manager.' } },
  options: { 'token-stdin': { type: 'boolean', summary: 'Reads the token from standard input.' } },
  examples: [
    { line: 'release-cli login https://release-manager.example.com', says: 'asks for the token' },
    {
      line: 'release-cli login http://localhost:8080 --token-stdin < data/admin-token',
      says: 'for a manager on this machine',
    },
  ],
  async run({ args, options, context }) {
    const { world, output } = context;
    const url = managerUrl(args.url);
    if (isExposed(url))
      output.warn(`The token will travel to ${url} in the clear.`, 'use https wherever others share the network');
    const token = checkedToken(await readToken(context, options['token-stdin']));
    const api = await createApi(world, { url, token, source: 'flag' });
    const { actor } = await api.call('whoami', {});
    const path = await writeProfile(world.env, { url, token });
    output.say(`logged in to ${url} as ${actor.name} (${actor.kind}); stored in ${path}`);
    if ((world.env['RELEASE_MANAGER_URL'] ?? '') !== '' || (world.env['RELEASE_MANAGER_TOKEN'] ?? '') !== '')
      output.warn('RELEASE_MANAGER_URL or RELEASE_MANAGER_TOKEN is set, and comes before what was stored.');
    return exitCodes.done.code;
  },
});

async function readToken({ world, output }: Context, fromStdin: boolean): Promise<string> {
  if (fromStdin) return world.stdin.readAll();
  if (!world.stdin.isTTY)
    throw new UsageError('There is no terminal to ask for the token on.', 'give it with --token-stdin');
  const token = await world.stdin.readLine({ hidden: true, ask: () => output.say('Token (it is not shown):') });
  if (token.trim() === '') throw new AppError('invalid', 'cli.cancelled', 'No token was entered.');
  return token;
}
