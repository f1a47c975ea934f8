/**
 * From a release's request to its push, on a config repo of real size and a loopback remote; beside two baselines in the same
 * run: the floor (`git fast-import` + `git push` of one commit) and the way of Lunar's release-manager (shallow clone, copy,
 * add, commit, push). Then a burst: five artifacts of each service into one environment.
 *
 * Usage: node test/load/release-latency.ts [services=1000] [lone releases=40] [releases of the burst=5 × services]
 */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { createMirror, noCredentials } from '@release-manager/git';

import { quantile, say, timed } from './support/figures.ts';
import { git, gitWithInput } from './support/git.ts';
import { openScene, rendered, type Scene } from './support/scene.ts';

const services = Number(process.argv[2] ?? 1000);
const lone = Number(process.argv[3] ?? 40);
const burst = Number(process.argv[4] ?? 5 * services);

/** One commit by `git fast-import` in a partial mirror, and its push: nothing can be faster with git. */
async function floor({ releaseFolder, serviceName }: Scene, mirror: string, round: number): Promise<void> {
  const tip = (await git(mirror, 'rev-parse', 'refs/floor')).trim();
  const folder = releaseFolder('dev', round);
  const files = rendered(serviceName(round), 5000 + round)
    .map(
      ({ path, content }) =>
        `M 100644 inline ${folder}/${path}\ndata ${content.byteLength}\n${Buffer.from(content).toString()}\n`,
    )
    .join('');
  const commit = `commit refs/floor\ncommitter Load <load@example.com> 1767225600 +0000\ndata 5\nfloor\nfrom ${tip}\n${files}done\n`;
  await gitWithInput(mirror, ['fast-import', '--quiet', '--force'], commit);
  await git(mirror, 'push', '--quiet', 'origin', 'refs/floor:refs/heads/floor');
}

/** What Lunar's release-manager does for one release. */
async function lunarsWay({ url, folder, releaseFolder }: Scene, round: number): Promise<void> {
  const clone = join(folder, `lunar-${round}`);
  const mirror = join(folder, 'lunar-mirror');
  await git(mirror, 'pull', '--quiet', '--ff-only');
  await git(folder, 'clone', '--quiet', '--local', mirror, clone);
  await git(clone, 'remote', 'set-url', 'origin', url);
  const target = join(clone, releaseFolder('dev', round));
  await cp(join(clone, releaseFolder('prod', (round + 1) % services)), target, { recursive: true });
  await git(clone, 'add', '.');
  await git(clone, 'status', '--porcelain');
  await git(clone, 'commit', '--quiet', '-m', 'release');
  await git(clone, 'push', '--quiet', 'origin', 'HEAD:refs/heads/lunar');
  await rm(clone, { recursive: true, force: true, maxRetries: 10 });
}

async function measureLone(scene: Scene): Promise<void> {
  const mirror = join(scene.folder, 'floor');
  await git(scene.folder, 'clone', '--quiet', '--bare', '--depth=1', '--filter=blob:none', scene.url, mirror);
  await git(mirror, 'update-ref', 'refs/floor', 'refs/heads/main');
  // Each way has a branch of its own, so that none waits for another's commits.
  await git(
    mirror,
    'push',
    '--quiet',
    'origin',
    'refs/heads/main:refs/heads/floor',
    'refs/heads/main:refs/heads/lunar',
  );
  await git(scene.folder, 'clone', '--quiet', '--branch', 'lunar', scene.url, join(scene.folder, 'lunar-mirror'));
  const figures = { ours: [] as number[], floor: [] as number[], lunar: [] as number[] };
  for (let round = 0; round < lone; round += 1) {
    const artifact = await scene.addArtifact(round, 1);
    const release = async (): Promise<void> => {
      await scene.request(round, 'dev', artifact);
      await scene.allCommitted();
    };
    figures.ours.push((await timed(release)).ms);
    figures.floor.push((await timed(() => floor(scene, mirror, round))).ms);
    if (round < 10) figures.lunar.push((await timed(() => lunarsWay(scene, round))).ms);
  }
  const base = quantile(figures.floor, 0.5);
  for (const [name, list] of Object.entries(figures)) {
    const p50 = quantile(list, 0.5);
    say(
      `${name}: p50 of ${list.length}`,
      p50,
      `p99 ${quantile(list, 0.99).toFixed(1)} ms, ${(p50 / base).toFixed(2)} x the floor`,
    );
  }
}

/** A person pushes to the same branch once a second, with a clone of their own, while releases go one after the other. */
async function measureBesideAPerson(scene: Scene): Promise<void> {
  const { url, folder } = scene;
  const clone = createMirror({ folder: join(folder, 'person'), url, branch: 'main', credentials: noCredentials });
  let pushed = 0;
  const push = async (): Promise<void> => {
    const base = await clone.fetch();
    const writer = clone.writer(base);
    const person = { name: 'Person', email: 'person@example.com', at: new Date() };
    const edit = { kind: 'put', path: 'notes.md', content: Buffer.from(`note ${pushed}\n`) } as const;
    const commit = await writer.commit([edit], { message: 'note\n', author: person, committer: person });
    await writer.flush();
    if (commit !== undefined && (await clone.push(base, commit)) === 'landed') pushed += 1;
  };
  let pushing = Promise.resolve();
  const timer = setInterval(() => {
    pushing = pushing.then(push);
  }, 1000);
  const times: number[] = [];
  for (let round = 0; round < lone; round += 1) {
    const artifact = await scene.addArtifact(round, 2);
    const release = async (): Promise<void> => {
      await scene.request(round, 'dev', artifact);
      await scene.allCommitted();
    };
    times.push((await timed(release)).ms);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  clearInterval(timer);
  await pushing;
  say(
    `beside a person who pushed ${pushed} times: p50 of ${times.length}`,
    quantile(times, 0.5),
    `p99 ${quantile(times, 0.99).toFixed(1)} ms`,
  );
}

async function measureBurst(scene: Scene): Promise<void> {
  const wishes: { index: number; artifact: string }[] = [];
  for (let number = 0; number < burst; number += 1) {
    const index = number % services;
    wishes.push({ index, artifact: await scene.addArtifact(index, 100 + Math.floor(number / services)) });
  }
  const { ms } = await timed(async () => {
    const ask = async (): Promise<void> => {
      for (let next = wishes.shift(); next !== undefined; next = wishes.shift())
        await scene.request(next.index, 'staging', next.artifact);
    };
    await Promise.all(Array.from({ length: 8 }, ask));
    await scene.allCommitted();
  });
  say(`burst of ${burst} releases over ${services} services, asked → pushed`, ms, `${(ms / burst).toFixed(2)} ms each`);
}

async function main(): Promise<void> {
  const onBatch = (size: number): void => void process.stdout.write(`  a push of ${size}\n`);
  const scene = await openScene({ services, onBatch });
  try {
    process.stdout.write(`${services} services, ${scene.files} files\n`);
    say('cold: clone and read the files that rule', scene.cloneMs);
    say('cold: index what every folder holds (a lost database)', scene.indexMs);
    if (lone > 0) {
      await measureLone(scene);
      await measureBesideAPerson(scene);
    }
    await measureBurst(scene);
    process.stdout.write(`memory ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB\n`);
  } finally {
    await scene.close();
  }
}

await main();
