/**
 * From nothing to ready: the real manager as a process with an empty disk, its embedded Postgres, and a config repo of real
 * size on a loopback remote; beside it a start with everything there. Promise: ready in 3 s at 24,000 files.
 *
 * Usage: node test/load/cold-start.ts [services=890] [rounds=5]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startGitServer } from '@release-manager/testing';

import { startManagerProcess } from '../../services/manager/src/demo/processes/manager-process.ts';
import { quantile, say, timed } from './support/figures.ts';
import { gitWithInput } from './support/git.ts';

const services = Number(process.argv[2] ?? 890);
const rounds = Number(process.argv[3] ?? 5);
const environments = ['dev', 'staging', 'prod'];
const filesPerFolder = 8;

/** One commit with every service in every environment: 9 files each, as a small chart renders them. */
async function seed(bare: string): Promise<number> {
  const lines = ['commit refs/heads/main\ncommitter Load <load@example.com> 1767225600 +0000\ndata 4\nseed\n'];
  let files = 0;
  const put = (path: string, content: string): void => {
    files += 1;
    lines.push(`M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`);
  };
  put('release-manager.yaml', `environments:\n${environments.map((name) => `  - { name: ${name} }\n`).join('')}`);
  for (const environment of environments) {
    for (let index = 0; index < services; index += 1) {
      const service = `service-${index}`;
      for (let file = 0; file < filesPerFolder; file += 1) {
        const data = Array.from({ length: 25 }, (_, line) => `  KEY_${line}: "value ${line} of ${service}"\n`).join('');
        const head = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${service}-${file}, namespace: shop }\n`;
        put(`${environment}/releases/shop/${service}/config-${file}.yaml`, `${head}data:\n${data}`);
      }
      put(`clusters/${environment}/shop/${service}.yaml`, `# ${environment} ${service}\n`);
    }
  }
  await gitWithInput(bare, ['fast-import', '--quiet'], `${lines.join('')}done\n`);
  return files;
}

interface Start {
  readonly ms: number;
  /** The most memory that the process had until it was ready, Postgres not counted. */
  readonly memoryMb: number;
}

/** Until `/readyz` says yes. */
async function startOnce(folder: string, configRepo: string): Promise<Start> {
  const manager = startManagerProcess({
    home: folder,
    logFile: join(folder, 'manager.log'),
    settings: { DATA_DIR: join(folder, 'data'), CONFIG_REPO_URL: configRepo, ADMIN_TOKEN: 'a-token-for-load-only' },
  });
  const { ms } = await timed(async () => {
    const { url } = await manager.ready;
    const response = await fetch(`${url}/readyz`);
    if (response.status !== 200) throw new Error(`not ready: ${await response.text()}`);
  });
  const memoryMb = await peakMemory(manager.pid);
  await manager.end('SIGTERM');
  return { ms, memoryMb };
}

async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

function sayAll(what: string, starts: readonly Start[]): void {
  const times = starts.map(({ ms }) => ms);
  const memory = Math.max(...starts.map(({ memoryMb }) => memoryMb));
  say(
    what,
    quantile(times, 0.5),
    `worst ${Math.max(...times).toFixed(0)} ms of ${times.length}, at most ${memory.toFixed(0)} MB`,
  );
}

async function main(): Promise<void> {
  const git = await startGitServer();
  const bare = await git.create('config.git');
  process.stdout.write(`${await seed(bare)} files\n`);
  const cold: Start[] = [];
  const warm: Start[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      const folder = await mkdtemp(join(tmpdir(), 'cold-start-'));
      cold.push(await startOnce(folder, git.url('config.git')));
      warm.push(await startOnce(folder, git.url('config.git')));
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  } finally {
    await git.stop();
  }
  sayAll('cold: empty disk → ready', cold);
  sayAll('warm: everything there → ready', warm);
}

await main();
