import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { expect, it } from 'vitest';

import { describeCluster } from './support/index.ts';

const main = join(import.meta.dirname, '..', '..', 'services', 'manager', 'src', 'demo', 'main.ts');

/** The programs that work in a folder or below it. */
async function programsIn(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const places = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return places.filter((place) => place.startsWith(folder));
}

describeCluster('npm run demo -- --cluster', () => {
  it('tells the whole story on real control planes, finds everything as promised, and leaves nothing behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'demo-test-'));
    const child = spawn(process.execPath, [main, '--once', '--cluster'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: folder },
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    const [said, troubles] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(troubles).toBe('');
    expect(await ended).toBe(0);
    expect(said).toMatch(/the pods are played by kwok: no container runs here/);
    expect(said).toMatch(/^ +\d{3} checks, 0 different$/m);
    expect(await programsIn(folder)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  }, 600_000);
});
