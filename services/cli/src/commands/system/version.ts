import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { version } from '../../core/version.ts';

export const showVersion = defineCommand({
  noun: 'version',
  summary: 'Prints the version of this program; with --manager also that of the manager.',
  options: { manager: { type: 'boolean', summary: 'Asks the manager as well.' } },
  shows: true,
  examples: [{ line: 'release-cli version', says: 'works without a manager' }],
  async run({ options, context }) {
    if (!options.manager) {
      await context.output.show({ value: { cli: version }, table: [[version]] });
      return exitCodes.done.code;
    }
    const { createApi } = await import('../../core/api.ts');
    const connection = await context.connection();
    const manager = await (await createApi(context.world, connection)).call('showVersion', {});
    await context.output.show({
      value: { cli: version, manager: manager.version, url: connection.url },
      table: [[`release-cli ${version}`], [`manager ${manager.version} at ${connection.url}`]],
    });
    return exitCodes.done.code;
  },
});
