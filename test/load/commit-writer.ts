/**
 * How long commits take in a config repo of real size, beside `git fast-import` in the same run.
 * Usage: node test/load/commit-writer.ts [services] [commits in the burst]
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import {
  createMirror,
  noCredentials,
  type CommitMeta,
  type CommitWriter,
  type Mirror,
  type Oid,
  type TreeEdit,
} from '@release-manager/git';
import { startGitServer } from '@release-manager/testing';

const services = Number(process.argv[2] ?? 1000);
const burst = Number(process.argv[3] ?? 5000);
const environments = ['dev', 'staging', 'prod'];
const filesEach = 8;
const at = new Date('2026-01-01T00:00:00Z');
const person = { name: 'Load', email: 'load@example.com', at };

function folderOf(index: number): string {
  const environment = environments[Math.floor(index / services) % environments.length] ?? '';
  return `${environment}/releases/shop/service-${index % services}`;
}

/** Eight files as large as rendered manifests are; one of them differs with every release. */
function filesOf(index: number, version: number): { path: string; content: Buffer }[] {
  return Array.from({ length: filesEach }, (_, number) => {
    const changing = number < 2 ? `version-${version}` : 'same';
    const lines = Array.from({ length: 30 }, (__, line) => `  key-${line}: value-${index}-${number}-${changing}`);
    const content = `apiVersion: v1\nkind: ConfigMap\ndata:\n${lines.join('\n')}\n`;
    return { path: `file-${number}.yaml`, content: Buffer.from(content) };
  });
}

function release(index: number, version: number): TreeEdit {
  return { kind: 'replace-folder', path: folderOf(index), files: filesOf(index, version) };
}

function meta(subject: string): CommitMeta {
  return { message: `${subject}\n\nRelease-Id: rel_x\nService: service\n`, author: person, committer: person };
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const start = performance.now();
  const value = await work();
  return { ms: performance.now() - start, value };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function report(what: string, ms: number, note = ''): void {
  process.stdout.write(`${what.padEnd(58)} ${ms.toFixed(1).padStart(9)} ms  ${note}\n`);
}

async function commits(writer: CommitWriter, count: number, version: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await writer.commit([release(index, version + Math.floor(index / services))], meta(`release ${index}`));
  }
}

/** The floor: the same commits through `git fast-import`, one process. */
async function fastImport(folder: string, base: Oid, count: number, version: number): Promise<void> {
  const child = spawn('git', ['--git-dir', folder, 'fast-import', '--quiet', '--force'], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const done = new Promise<void>((resolve, reject) => {
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`fast-import: ${code ?? 'killed'}`))));
  });
  for (let index = 0; index < count; index += 1) {
    const chunks = [
      `commit refs/heads/import\ncommitter Load <load@example.com> 1767225600 +0000\ndata 8\nrelease\n\n`,
      index === 0 ? `from ${base}\n` : '',
      `D ${folderOf(index)}\n`,
    ];
    for (const file of filesOf(index, version + Math.floor(index / services))) {
      chunks.push(
        `M 100644 inline ${folderOf(index)}/${file.path}\ndata ${file.content.length}\n${String(file.content)}\n`,
      );
    }
    if (!child.stdin.write(chunks.join(''))) await new Promise((resolve) => child.stdin.once('drain', resolve));
  }
  child.stdin.end('done\n');
  await done;
}

async function main(): Promise<void> {
  const server = await startGitServer();
  const folder = await mkdtemp(join(tmpdir(), 'commit-writer-'));
  const mirrorAt = (name: string): Mirror =>
    createMirror({ folder: join(folder, name), url: server.url('config'), branch: 'main', credentials: noCredentials });
  try {
    await server.create('config');
    const seeding = mirrorAt('seed');
    const seed = seeding.writer(undefined);
    const all = Array.from({ length: services * environments.length }, (_, index) => release(index, 0));
    await seed.commit(all, meta('seed'));
    await seed.flush();
    if (seed.tip === undefined || (await seeding.push(undefined, seed.tip)) !== 'landed') throw new Error('no seed');
    process.stdout.write(`${services} services x ${environments.length} environments x ${filesEach} files\n`);

    const mirror = mirrorAt('mirror');
    const cold = await timed(() => mirror.fetch());
    report('clone (bare, depth 1, without file contents)', cold.ms);
    const base = cold.value;
    if (base === undefined) throw new Error('no tip');
    let tip = base;

    const figures = { commit: [] as number[], flush: [] as number[], push: [] as number[], floor: [] as number[] };
    for (let round = 0; round < 15; round += 1) {
      const writer = mirror.writer(tip);
      figures.commit.push((await timed(() => writer.commit([release(round, 1)], meta('one')))).ms);
      figures.flush.push((await timed(() => writer.flush())).ms);
      const next = writer.tip ?? tip;
      figures.push.push((await timed(() => mirror.push(tip, next))).ms);
      tip = next;
      figures.floor.push((await timed(() => fastImport(join(folder, 'mirror'), base, 1, 100 + round))).ms);
    }
    report('one commit, first (reads its folders)', figures.commit[0] ?? Number.NaN);
    report('one commit, median of 15', median(figures.commit));
    report('  its flush into the mirror (one git process)', median(figures.flush));
    report('  its push over loopback HTTP', median(figures.push));
    report('git fast-import, one commit, one process', median(figures.floor));

    for (const [round, count] of [1000, burst].entries()) {
      const version = 10_000 * (round + 1);
      const writer = mirror.writer(tip);
      const made = await timed(() => commits(writer, count, version));
      report(`${count} commits`, made.ms, `${(made.ms / count).toFixed(2)} ms each`);
      report('  their flush', (await timed(() => writer.flush())).ms);
      const next = writer.tip ?? tip;
      const pushed = await timed(() => mirror.push(tip, next));
      report('  their push', pushed.ms, pushed.value);
      tip = next;
      const floor = await timed(() => fastImport(join(folder, 'mirror'), base, count, version + 5000));
      report(`git fast-import, ${count} commits`, floor.ms, `${(floor.ms / count).toFixed(2)} ms each`);
    }
    report(
      'git fsck --strict at the remote',
      (await timed(() => server.git('config', 'fsck', '--strict'))).ms,
      'clean',
    );
    process.stdout.write(`memory ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB\n`);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

await main();
