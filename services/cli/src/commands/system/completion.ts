import { shells, completionScript } from '../../core/completion/shell-scripts.ts';
import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { oneOf } from '../../core/one-of.ts';
import { UsageError } from '../../core/usage-error.ts';

export const completion = defineCommand({
  noun: 'completion',
  summary: 'Prints the script with which a shell completes commands, options and names.',
  details: [
    'Names of services, environments, branches, artifacts, releases and policies are asked of the manager, as `login` stored it or the environment names it, and kept for a few seconds in `$XDG_CACHE_HOME/release-cli` (0600). Where it does not answer at once nothing is offered, and the next try finds what it said.',
    'The script needs not be renewed with the program.',
  ],
  args: { shell: { summary: `${shells.join(', ')}.`, completes: shells } },
  examples: [
    { line: 'source <(release-cli completion bash)', says: 'in ~/.bashrc' },
    { line: 'source <(release-cli completion zsh)', says: 'in ~/.zshrc, after compinit' },
    { line: 'release-cli completion fish > ~/.config/fish/completions/release-cli.fish', says: 'once' },
  ],
  run({ args, context }) {
    const shell = oneOf('completion', args.shell, shells);
    if (shell === undefined) throw new UsageError(`completion knows ${shells.join(', ')}.`);
    context.world.stdout.write(completionScript(shell));
    return Promise.resolve(exitCodes.done.code);
  },
});
