import type { DoctorCheck } from '@release-manager/contract';
import { AppError, messageOf } from '@release-manager/domain';

import { isExposed } from '../../core/connection.ts';
import type { Context } from '../../core/context.ts';
import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { styled } from '../../core/piece.ts';
import { isProfileOpen, profilePath } from '../../core/profile.ts';
import { version } from '../../core/version.ts';
import { findReleaseYaml, readReleaseYaml } from '../../source/release-yaml.ts';
import { tryGit } from '../../source/run-git.ts';

const colours = { ok: 'green', warning: 'yellow', failed: 'red' } as const;

export const doctor = defineCommand({
  noun: 'doctor',
  summary: 'Checks this machine, the folder and the manager, and says what to do about what is wrong.',
  shows: true,
  examples: [{ line: 'release-cli doctor', says: 'what is wrong?' }],
  async run({ context }) {
    const checks = [...(await localChecks(context)), ...(await managerChecks(context))];
    await context.output.show({
      value: { checks },
      table: checks.flatMap(({ name, status, message, next }) => [
        [styled(colours[status], status.padEnd(8)), styled('bold', name), `: ${message}`],
        ...(next === undefined ? [] : [[`         ${next}`]]),
      ]),
    });
    return checks.some(({ status }) => status === 'failed') ? exitCodes.error.code : exitCodes.done.code;
  },
});

async function localChecks({ world }: Context): Promise<DoctorCheck[]> {
  const git = await tryGit(['--version'], { cwd: world.cwd, env: world.env });
  const checks: DoctorCheck[] = [
    { name: 'release-cli', status: 'ok', message: version },
    git === undefined
      ? {
          name: 'git',
          status: 'warning',
          message: 'not installed',
          next: 'artifact push then needs its flags or CI variables',
        }
      : { name: 'git', status: 'ok', message: git.trim() },
    await check('release.yaml', async () => {
      const path = await findReleaseYaml(world.cwd);
      return path === undefined
        ? 'none in this folder or above: commands need --service'
        : `${path}: ${(await readReleaseYaml(path)).content.service}`;
    }),
  ];
  if (await isProfileOpen(world.env)) {
    const path = profilePath(world.env);
    checks.push({ name: 'token', status: 'failed', message: `others can read ${path}`, next: `chmod 600 ${path}` });
  }
  return checks;
}

async function managerChecks(context: Context): Promise<DoctorCheck[]> {
  const connected = await check('manager', async () => {
    const { url, source } = await context.connection();
    const api = await context.api();
    const [{ actor }, manager] = [await api.call('whoami', {}), await api.call('showVersion', {})];
    return `${url} (from ${source}) ${manager.version}, as ${actor.name}`;
  });
  if (connected.status !== 'ok') return [connected];
  const { url } = await context.connection();
  const transport: DoctorCheck[] = isExposed(url)
    ? [{ name: 'transport', status: 'warning', message: `the token travels to ${url} in the clear`, next: 'use https' }]
    : [];
  const api = await context.api();
  try {
    return [connected, ...transport, ...(await api.call('runDoctor', {})).checks];
  } catch (error) {
    // What the manager stands on is for people to see; a ci token may only upload and read.
    if (error instanceof AppError && error.kind === 'forbidden') return [connected, ...transport];
    return [connected, ...transport, failed('manager checks', error)];
  }
}

async function check(name: string, run: () => Promise<string>): Promise<DoctorCheck> {
  try {
    return { name, status: 'ok', message: await run() };
  } catch (error) {
    return failed(name, error);
  }
}

function failed(name: string, error: unknown): DoctorCheck {
  const next = error instanceof AppError ? error.next : undefined;
  return { name, status: 'failed', message: messageOf(error), ...(next === undefined ? {} : { next }) };
}
