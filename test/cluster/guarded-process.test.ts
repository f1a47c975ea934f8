import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { startProcess, untilReady } from '@release-manager/testing/control-plane';
import { expect, it, vi } from 'vitest';

const run = promisify(execFile);

/** A process that nobody has asked for the exit of is dead all the same. */
async function isRunning(pid: number): Promise<boolean> {
  const { stdout } = await run('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

const options = (folder: string, program = 'sleep', args = ['1000']) => ({
  name: program,
  program,
  args,
  cwd: folder,
  env: { PATH: process.env['PATH'] ?? '' },
  logFile: join(folder, 'log'),
});

it('goes down with the process that started it, however that ends', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guarded-'));
  const module = JSON.stringify(import.meta.resolve('@release-manager/testing/control-plane'));
  const script = `const { startProcess } = await import(${module});
    console.log(startProcess(${JSON.stringify(options(folder))}).pid); setInterval(() => undefined, 1000);`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: starter.stdout }), 'line')) as [string];
  const pid = Number(line);
  expect(await isRunning(pid)).toBe(true);
  starter.kill('SIGKILL');
  await vi.waitFor(async () => expect(await isRunning(pid)).toBe(false), { timeout: 20_000, interval: 50 });
  await rm(folder, { recursive: true });
});

it('is killed when it does not listen, and says how it ended', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guarded-'));
  const deaf = startProcess(
    options(folder, '/bin/sh', ['-c', 'trap "" TERM; echo deaf; while :; do sleep 1000; done']),
  );
  await untilReady(deaf, async () => (await readFile(deaf.logFile, 'utf8')).includes('deaf'));
  expect(await deaf.stop('SIGTERM', 100)).toEqual({ code: null, signal: 'SIGKILL' });
  const short = startProcess(options(folder, '/bin/sh', ['-c', 'exit 3']));
  expect(await short.exited).toEqual({ code: 3, signal: null });
  expect(await short.stop()).toEqual({ code: 3, signal: null });
  await rm(folder, { recursive: true });
});
