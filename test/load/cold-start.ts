/**
 * From nothing to ready: the real manager as a process with an empty disk, its embedded Postgres, and a config repo of real
 * size on a loopback remote; beside it a start with everything there. Promise: ready in 3 s at 24,000 files.
 *
 * Usage: node test/load/cold-start.ts [services=890] [rounds=5]
 */
import { mkdtemp, rm } from 'node:fs/promises';
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

/** Until `/readyz` says yes, asked every few milliseconds. */
async function startOnce(folder: string, configRepo: string): Promise<number> {
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
  await manager.end('SIGTERM');
  return ms;
}

function sayAll(what: string, figures: readonly number[]): void {
  say(what, quantile(figures, 0.5), `worst ${Math.max(...figures).toFixed(0)} ms of ${figures.length}`);
}

async function main(): Promise<void> {
  const git = await startGitServer();
  const bare = await git.create('config.git');
  process.stdout.write(`${await seed(bare)} files\n`);
  const cold: number[] = [];
  const warm: number[] = [];
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
