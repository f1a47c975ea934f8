import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { serverProcesses } from './leftovers.ts';
import { checkout, visit, visitOnce, type VisitOptions } from './visit.testing.ts';

const asRoot = process.getuid?.() === 0;
const nobody = 65_534;

// Each test starts several servers and processes.
vi.setConfig({ testTimeout: 90_000 });

let folder: string;
let dataDir: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'embedded-postgres-'));
  dataDir = path.join(folder, 'postgres');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function can(...command: string[]): boolean {
  try {
    execFileSync(command[0] ?? '', command.slice(1), { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Another user; with the right to pass root's folders where the checkout itself is below one. */
function asUser(uid: number): string[] {
  const change = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  if (can(...change, process.execPath, '-e', `require('fs').accessSync(${JSON.stringify(checkout)}, 4)`)) return change;
  return [...change, '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
}

/** A folder of programs that fail, to stand before the system's. */
async function without(...names: string[]): Promise<string> {
  const programs = path.join(folder, 'bin');
  await mkdir(programs, { recursive: true });
  await chmod(folder, 0o755);
  for (const name of names) await writeFile(path.join(programs, name), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  return programs;
}

/** Runs in a mount namespace in which a passwd file of ours stands in the place of the system's. */
async function withPasswd(text: string): Promise<string[]> {
  const file = path.join(folder, 'fake-passwd');
  await writeFile(file, text);
  return ['unshare', '--mount', '--', 'sh', '-c', 'mount --bind "$0" /etc/passwd && exec "$@"', file];
}

async function twoVisits(options: VisitOptions): Promise<unknown[]> {
  const first = await visitOnce(options);
  const second = await visitOnce(options);
  return [first.visits ?? first, second.visits ?? second];
}

describe('it starts', () => {
  it('as a normal user', async () => {
    if (asRoot) await chown(folder, nobody, nobody);
    expect(await twoVisits({ dataDir, prefix: asRoot ? asUser(nobody) : [] })).toEqual([1, 2]);
    expect((await stat(path.join(dataDir, 'cluster'))).uid).toBe(asRoot ? nobody : process.getuid?.());
  });

  const namespaces = asRoot && can('unshare', '--mount', 'true') && can('unshare', '--user', '--map-user=1000', 'true');

  it.skipIf(!namespaces)('as root, checkout and data below a home that only root may enter', async () => {
    const home = path.join(folder, 'home');
    await mkdir(path.join(home, 'checkout'), { recursive: true, mode: 0o700 });
    const script = 'mount --bind "$0" "$1" && shift && exec "$@"';
    const root = path.join(home, 'checkout');
    const prefix = ['unshare', '--mount', '--', 'sh', '-c', script, checkout, root];
    expect(await twoVisits({ dataDir: path.join(home, 'data'), prefix, root })).toEqual([1, 2]);
    expect((await stat(path.join(home, 'data', 'cluster'))).uid).toBe(0);
  });

  it.skipIf(!namespaces)('as root where there is no user postgres', async () => {
    const prefix = await withPasswd('root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n');
    expect(await twoVisits({ dataDir, prefix })).toEqual([1, 2]);
  });

  it.skipIf(!namespaces)('as root where there is no other user at all', async () => {
    expect(await twoVisits({ dataDir, prefix: await withPasswd('root:x:0:0::/root:/bin/sh\n') })).toEqual([1, 2]);
  });

  it.skipIf(!asRoot)('as root without user namespaces, data below a folder that only root may enter', async () => {
    const programs = await without('unshare');
    const closed = path.join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
    expect(await twoVisits({ dataDir: path.join(closed, 'postgres'), programs })).toEqual([1, 2]);
    expect((await stat(path.join(closed, 'postgres', 'cluster'))).uid).not.toBe(0);
  });

  const bare = ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-all', '--'];

  it.skipIf(!asRoot)('or says what to do', async () => {
    const programs = await without('unshare');
    const closed = path.join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const said = await visitOnce({ dataDir: path.join(closed, 'postgres'), programs, prefix: bare });
    expect(said).toMatchObject({ code: 'database.no-account' });
    expect(said.next).toContain('DATABASE_URL');
  });

  it.skipIf(!namespaces)('with data that another way of starting left', async () => {
    const programs = await without('unshare');
    expect(await visitOnce({ dataDir })).toMatchObject({ visits: 1 });
    expect(await visitOnce({ dataDir, programs })).toMatchObject({ visits: 2 });
    expect(await visitOnce({ dataDir })).toMatchObject({ visits: 3 });
  });
});

const isAlive = (pid: number): boolean => {
  try {
    accessSync(`/proc/${pid}/cwd`, constants.F_OK);
    return true;
  } catch {
    return false;
  }
};

describe('after a kill -9 of its manager', () => {
  it('the server goes down with it, and the data is there at the next start', async () => {
    const first = visit({ dataDir }, true);
    const { server = 0 } = await first.said;
    process.kill(first.pid, 'SIGKILL');
    await vi.waitFor(() => expect(isAlive(server)).toBe(false), { timeout: 10_000 });
    expect(await visitOnce({ dataDir })).toMatchObject({ visits: 2 });
  });

  it('a server that lives on is ended by the next start', async () => {
    const programs = await without('setpriv');
    const first = visit({ dataDir, programs }, true);
    const { server = 0 } = await first.said;
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    expect(isAlive(server)).toBe(true);
    const second = visit({ dataDir }, true);
    const { visits, server: successor = 0 } = await second.said;
    expect({ visits, first: isAlive(server), second: isAlive(successor) }).toEqual({
      visits: 2,
      first: false,
      second: true,
    });
    process.kill(second.pid, 'SIGTERM');
    await vi.waitFor(() => expect(isAlive(successor)).toBe(false), { timeout: 10_000 });
  });

  it('and of the server, a pid file that names a stranger does not stop the next start', async () => {
    const first = visit({ dataDir }, true);
    const { server = 0 } = await first.said;
    process.kill(server, 'SIGKILL');
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    const pidFile = path.join(dataDir, 'cluster', 'postmaster.pid');
    const [, ...rest] = (await readFile(pidFile, 'utf8')).split('\n');
    await writeFile(pidFile, [String(process.pid), ...rest].join('\n'));
    expect(await visitOnce({ dataDir })).toMatchObject({ visits: 2 });
    expect(isAlive(process.pid)).toBe(true);
  });
});

describe('one folder', () => {
  it('is used by one manager at a time, and free again once that has stopped', async () => {
    const server = await startEmbeddedPostgres({ dataDir, fast: true });
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({ code: 'database.folder-in-use' });
    expect(server.ended.aborted).toBe(false);
    await server.stop();
    expect(server.ended.aborted).toBe(true);
    expect(await serverProcesses(path.join(dataDir, 'cluster'))).toEqual([]);
    const again = await startEmbeddedPostgres({ dataDir, fast: true });
    await again.stop();
  });

  it('keeps its password to its owner', async () => {
    const server = await startEmbeddedPostgres({ dataDir, fast: true });
    await server.stop();
    expect((await stat(path.join(dataDir, 'password'))).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  });

  it('is left in order by a process that just ends', async () => {
    const script = `
      import { startEmbeddedPostgres } from '@release-manager/postgres';
      await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, fast: true });`;
    execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname,
      timeout: 60_000,
    });
    const cluster = path.join(dataDir, 'cluster');
    await vi.waitFor(async () => expect(await serverProcesses(cluster)).toEqual([]), { timeout: 10_000 });
    await expect(stat(path.join(cluster, 'postmaster.pid'))).rejects.toThrow('ENOENT');
  });

  it('names the port that is taken', async () => {
    const server = await startEmbeddedPostgres({ dataDir, fast: true });
    const port = Number(new URL(server.url).port);
    const other = startEmbeddedPostgres({ dataDir: path.join(folder, 'other'), port, fast: true });
    await expect(other).rejects.toMatchObject({ code: 'database.port-taken' });
    await server.stop();
  });

  it('is made anew when its making was interrupted', async () => {
    await mkdir(path.join(dataDir, 'cluster.unfinished', 'base'), { recursive: true });
    const server = await startEmbeddedPostgres({ dataDir, fast: true });
    await server.stop();
    await expect(stat(path.join(dataDir, 'cluster.unfinished'))).rejects.toThrow('ENOENT');
  });
});
