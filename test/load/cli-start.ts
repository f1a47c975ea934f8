// How long the CLI takes from its start to its end, as it ships: node test/load/cli-start.ts [rounds]
// `status` asks a manager on loopback that answers at once, so what is measured is the CLI.
import { spawnSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

const rounds = Number(process.argv[2] ?? 30);
const bundle = new URL('../../services/cli/dist/release-cli.mjs', import.meta.url).pathname;
const launcher = new URL('../../services/cli/bin/release-cli.mjs', import.meta.url).pathname;
const promise = 150;

spawnSync(process.execPath, [new URL('../../tools/build-cli.mjs', import.meta.url).pathname], { stdio: 'inherit' });
if (!existsSync(bundle)) throw new Error(`${bundle} was not built`);

const home = await mkdtemp(join(tmpdir(), 'cli-start-'));
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"items":[]}');
});
await new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve);
});
const env = {
  HOME: home,
  RELEASE_MANAGER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  RELEASE_MANAGER_TOKEN: 'rm_not_a_token',
};

async function once(args: readonly string[]): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, args, { env, cwd: home, stdio: 'ignore' });
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return performance.now() - began;
}

async function measure(name: string, args: readonly string[]): Promise<number> {
  await once(args);
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await once(args));
  times.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(times[Math.min(rounds - 1, Math.floor(rounds * share))] ?? 0);
  process.stdout.write(`${name.padEnd(36)} min ${at(0)} ms, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms\n`);
  return at(0.5);
}

const [load] = loadavg();
process.stdout.write(
  `node ${process.version}, ${availableParallelism()} cores, load ${load?.toFixed(1)}, ${rounds} rounds\n`,
);
await measure('node -e 0 (the floor)', ['-e', '0']);
const medians = [
  await measure('one file: version', [bundle, 'version']),
  await measure('one file: status --all', [bundle, 'status', '--all']),
  await measure('launcher: version', [launcher, 'version']),
  await measure('launcher: status --all', [launcher, 'status', '--all']),
];
server.close();
await rm(home, { recursive: true, force: true, maxRetries: 10 });
const worst = Math.max(...medians);
process.stdout.write(
  `${worst <= promise ? 'kept' : 'broken'}: every p50 at most ${promise} ms, the worst was ${worst} ms\n`,
);
process.exitCode = worst <= promise ? 0 : 1;
