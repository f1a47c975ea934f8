import { AppError, messageOf, type ArtifactFile } from '@release-manager/domain';

import { confirm } from '../../core/confirm.ts';
import type { Context } from '../../core/context.ts';
import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { oneOf, parseNames } from '../../core/one-of.ts';
import { UsageError } from '../../core/usage-error.ts';
import { isRemote } from '../../source/remote-url.ts';
import { withoutCredentials } from '../../source/run-git.ts';
import { openWorkingCopy, type WorkingCopy } from './working-copy.ts';

const layouts = ['plain', 'sliced'] as const;
const defaultEnvironments = 'dev,staging,prod';

export const init = defineCommand({
  noun: 'init',
  summary: 'Makes a repository, empty or not, into a config repo, and prints what to run in the clusters.',
  details: [
    'Works on a clone or on an address, with your own git and credentials, and needs no manager. It commits in your name and pushes. What the repository has already is left as it is, so it may be run again.',
  ],
  args: {
    repository: { summary: 'A clone of the config repo, or its address; `.` is the current folder.' },
  },
  options: {
    environments: {
      type: 'string',
      value: 'names',
      summary: `In the order of promotion; ${defaultEnvironments} by default.`,
    },
    protected: { type: 'string', value: 'names', summary: 'The protected ones; prod by default, where there is one.' },
    layout: { type: 'string', value: layouts.join('|'), summary: 'How Flux reads it; plain by default.' },
    branch: { type: 'string', value: 'name', summary: 'The branch that Flux reads; main in an empty repository.' },
    secret: { type: 'string', value: 'name', summary: 'The Secret with which Flux reads the repository.' },
    'no-push': { type: 'boolean', summary: 'Commits, and pushes nothing. Needs a clone.' },
    yes: { type: 'boolean', summary: 'Does not ask, also where the repository holds something else already.' },
    'dry-run': { type: 'boolean', summary: 'Names the files that would be added, and changes nothing.' },
  },
  examples: [
    { line: 'release-cli init git@github.com:acme/config.git', says: 'a new, empty repository' },
    { line: 'release-cli init ../config --environments dev,prod --no-push', says: 'look at the commit first' },
  ],
  async run({ args, options, context }) {
    const { world, output } = context;
    const layout = oneOf('--layout', options.layout, layouts) ?? 'plain';
    const names = await chooseEnvironments(context, options.environments);
    const guarded = protectedAmong(names, options.protected);
    const environments = names.map((name) => ({ name, protected: guarded.includes(name), layout }));
    const { initialFiles, describeInit, missingFiles } = await import('@release-manager/config-repo');
    const target = args.repository;
    if (options['no-push'] && isRemote(target))
      throw new UsageError(
        '--no-push needs a clone: nothing else would be left of it.',
        'git clone it, and give the folder',
      );
    const copy = await openWorkingCopy(world, target, options.branch);
    try {
      const source = sourceOf(copy, options.secret);
      const files = initialFiles({ environments, ...source });
      const { files: missing, kept } = missingFiles(files, await pathsThere(copy, files));
      for (const { path } of missing) output.say(`+ ${path}`);
      if (options['dry-run']) output.say('dry run: nothing was changed');
      else {
        if (!options.yes) await assertMeant(context, copy, { target, missing: missing.length });
        await write(context, copy, missing, options['no-push']);
      }
      output.block(describeInit({ environments, ...source, kept }).trimEnd());
    } finally {
      await copy.close();
    }
    return exitCodes.done.code;
  },
});

async function write(
  context: Context,
  copy: WorkingCopy,
  files: readonly ArtifactFile[],
  stay: boolean,
): Promise<void> {
  const { output } = context;
  if (files.length === 0) {
    output.say('the repository has everything already');
    return;
  }
  await copy.commit(files, 'Set up the config repo for release-manager');
  const where = copy.remote === undefined ? 'no remote' : withoutCredentials(copy.remote);
  if (stay || copy.remote === undefined) {
    output.say(`committed on ${copy.branch} in ${copy.folder}, not pushed (${stay ? '--no-push' : where})`);
    return;
  }
  await pushOrSay(copy, where);
  output.say(`committed and pushed to ${copy.branch} of ${where}`);
}

/**
 * A repository with other content may be the wrong one, and what is pushed is seen by everybody.
 * @throws AppError invalid `init.not-confirmed`
 */
async function assertMeant(
  context: Context,
  copy: WorkingCopy,
  { target, missing }: { readonly target: string; readonly missing: number },
): Promise<void> {
  if (missing === 0 || !(await copy.holdsOther())) return;
  const { stdin, stderr } = context.world;
  const asks = stdin.isTTY && stderr.isTTY;
  const place = withoutCredentials(copy.remote ?? copy.folder);
  const question = `${place} holds other content and is no config repo yet. Add these ${missing} files to it?`;
  if (asks && (await confirm(context, question))) return;
  throw new AppError('invalid', 'init.not-confirmed', `${place} holds other content; nothing was changed.`, {
    next: `if it is meant, add --yes: release-cli init ${withoutCredentials(target)} --yes`,
  });
}

/** @throws AppError with what became of the commit, which stays in a clone of the caller's and goes with one of ours. */
async function pushOrSay(copy: WorkingCopy, where: string): Promise<void> {
  try {
    await copy.push();
  } catch (error) {
    const next = copy.temporary
      ? 'nothing was changed; mend what git says and run it again'
      : `the commit stays in ${copy.folder}: push it with \`git push origin HEAD:${copy.branch}\`, or undo it with \`git reset --keep HEAD~1\``;
    const message = `${messageOf(error).replace(/\.$/, '')}. Nothing was pushed to ${where}.`;
    throw new AppError('unavailable', 'init.not-pushed', message, { next, cause: error });
  }
}

async function chooseEnvironments({ world, output }: Context, given: string | undefined): Promise<string[]> {
  if (given !== undefined) return parseNames('--environments', given);
  if (!world.stdin.isTTY || !world.stderr.isTTY) return parseNames('--environments', defaultEnvironments);
  const ask = (): void => output.say(`Environments, in the order of promotion [${defaultEnvironments}]:`);
  const answer = (await world.stdin.readLine({ hidden: false, ask })).trim();
  return parseNames('The list of environments', answer === '' ? defaultEnvironments : answer);
}

function protectedAmong(names: readonly string[], given: string | undefined): readonly string[] {
  if (given === undefined) return names.filter((name) => name === 'prod');
  const wanted = parseNames('--protected', given);
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`--protected names ${unknown}, which is none of the environments.`);
  return wanted;
}

function sourceOf(
  copy: WorkingCopy,
  secretName: string | undefined,
): { source?: { url: string; branch: string; secretName?: string } } {
  if (copy.remote === undefined) return {};
  const url = withoutCredentials(fluxUrl(copy.remote));
  // A clone of a folder: clusters cannot read that.
  if (!/^(?:https?|ssh):\/\//.test(url)) return {};
  return { source: { url, branch: copy.branch, ...(secretName === undefined ? {} : { secretName }) } };
}

/** Flux knows addresses with a scheme only: `git@host:path` is `ssh://git@host/path`. */
function fluxUrl(remote: string): string {
  const [, user, host, path] = /^([\w.-]+@)?([\w.-]+):(?!\/\/)\/?(.+)$/.exec(remote) ?? [];
  return host === undefined || path === undefined ? remote : `ssh://${user ?? ''}${host}/${path}`;
}

async function pathsThere(copy: WorkingCopy, files: readonly ArtifactFile[]): Promise<string[]> {
  const candidates = files.flatMap(({ path }) => [path, path.replace(/sync\.yaml$/, 'gotk-sync.yaml')]);
  const there: string[] = [];
  for (const path of new Set(candidates)) if (await copy.has(path)) there.push(path);
  return there;
}
