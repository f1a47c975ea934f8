import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const main = `
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    console.log('got ' + signal);
    setTimeout(() => process.exit(7), 600);
  });
}
console.log(['up', ...process.argv.slice(2)].join(' '));
if (process.argv.includes('--once')) process.exit(5);
setInterval(() => undefined, 1_000);
`;
const lockfile = {
  packages: {
    '': { name: 'x' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/other-system': { version: '1.0.0', optional: true },
  },
};
const installed = { packages: { 'node_modules/a': { version: '1.0.0' } } };

let folder: string;

/** The runner in a checkout of its own, with an npm that only notes how it was called. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-'));
  await mkdir(join(folder, 'services/manager/src/demo'), { recursive: true });
  await mkdir(join(folder, 'node_modules'));
  await mkdir(join(folder, 'bin'));
  await cp(join(import.meta.dirname, 'run.mjs'), join(folder, 'tools/run.mjs'));
  await cp(join(import.meta.dirname, 'run'), join(folder, 'tools/run'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  await writeFile(join(folder, 'services/manager/src/demo/main.ts'), main);
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lockfile));
  await writeFile(join(folder, 'bin/npm'), '#!/bin/sh\necho "$@" >> npm.log\nexit "${NPM_EXIT:-0}"\n');
  await chmod(join(folder, 'bin/npm'), 0o755);
});

afterEach(async () => rm(folder, { recursive: true }));

function start(args: readonly string[], environment: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  const path = [join(folder, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
  return spawn(process.execPath, [join(folder, 'tools/run.mjs'), ...args], {
    cwd: folder,
    env: { PATH: path, ...environment },
  });
}

async function outcome(child: ChildProcessWithoutNullStreams) {
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

async function setInstalled(packages: unknown): Promise<void> {
  await writeFile(join(folder, 'node_modules/.package-lock.json'), JSON.stringify(packages));
}

describe('the task runner', () => {
  it('passes arguments and the exit code through, and installs nothing when all is there', async () => {
    await setInstalled(installed);
    expect(await outcome(start(['demo', '--', '--once', 'a b']))).toEqual({
      code: 5,
      stdout: 'up --once a b\n',
      stderr: '',
    });
    expect((await outcome(start(['demo', '--once']))).stdout).toBe('up --once\n');
    await expect(readFile(join(folder, 'npm.log'))).rejects.toThrow('ENOENT');
  });

  it.each([
    ['node_modules is missing', undefined],
    ['package-lock.json has changed', { packages: { 'node_modules/a': { version: '0.9.0' } } }],
    [
      'package-lock.json has changed',
      { packages: { ...installed.packages, 'node_modules/gone': { version: '1.0.0' } } },
    ],
    ['package-lock.json has changed', { packages: {} }],
  ])('installs when %s (%j), and says so in one line on stderr', async (reason, packages) => {
    if (packages !== undefined) await setInstalled(packages);
    const { code, stdout, stderr } = await outcome(start(['demo', '--once']));
    expect([code, stdout]).toEqual([5, 'up --once\n']);
    expect(stderr).toBe(`Installing dependencies (${reason}): npm ci --no-audit --no-fund\n`);
    expect(await readFile(join(folder, 'npm.log'), 'utf8')).toBe('ci --no-audit --no-fund\n');
  });

  it('starts nothing when the install fails', async () => {
    const { code, stdout, stderr } = await outcome(start(['demo', '--once'], { NPM_EXIT: '9' }));
    expect([code, stdout]).toEqual([9, '']);
    expect(stderr).toContain('could not be installed');
  });

  it('says which tasks there are when asked for another', async () => {
    for (const args of [[], ['constructor']]) {
      expect(await outcome(start(args))).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('usage:') as string,
      });
    }
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'hands on %s once, waits for the task and takes its exit code',
    async (signal) => {
      await setInstalled(installed);
      const runner = start(['demo']);
      const ended = outcome(runner);
      await once(runner.stdout, 'data');
      // As npm and the terminal do: the same signal twice within a moment.
      runner.kill(signal);
      runner.kill(signal);
      expect(await ended).toMatchObject({ code: 7, stdout: `up\ngot ${signal}\n` });
    },
  );
});
