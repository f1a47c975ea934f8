// Runs a task on Node 24 with everything installed: the first thing that works in a fresh clone. Plain JavaScript without
// dependencies, because whatever Node is there (18 or newer) starts it before anything is installed.
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bootstrapCommand, findNode24, staleness } from './run/install.mjs';
import { runProgram } from './run/program.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'node_modules', '.bin');

/** Each task is a list of programs; those of a list all run, so that one look shows everything that is wrong. */
const checks = {
  format: ['oxfmt', '--check'],
  types: ['tsc', '--noEmit'],
  lint: ['oxlint'],
  deps: ['node', 'tools/check-dependencies.ts'],
  unused: ['knip'],
};
const tasks = {
  install: [],
  build: [['node', 'tools/build-cli.mjs']],
  start: [['node', 'services/manager/src/main.ts']],
  // With a small young generation it needs 60 MB less, see test/load/daemon.ts.
  daemon: [['node', '--max-semi-space-size=2', 'services/daemon/src/main.ts']],
  demo: [['node', 'services/manager/src/demo/main.ts']],
  test: [['vitest', 'run', '--project', 'unit', '--project', 'integration', '--project', 'e2e']],
  'test:cluster': [['vitest', 'run', '--project', 'cluster']],
  'build:cluster': [['node', 'test/cluster/build.ts']],
  vitest: [['vitest', 'run']],
  check: Object.values(checks),
  ...Object.fromEntries(Object.entries(checks).map(([name, program]) => [name, [program]])),
};

function say(line) {
  process.stderr.write(`${line}\n`);
}

/** 0 when everything that the lockfile names is installed. */
async function install() {
  const reason = staleness(root);
  if (reason === undefined) return 0;
  const command = bootstrapCommand(root);
  if (command === undefined) return needsNode24();
  say(`Installing dependencies (${reason}): ${command.shown}`);
  const code = await runProgram(command.argv, { cwd: root, env: process.env });
  if (code !== 0)
    say('The dependencies could not be installed: npm says why above. Run the same command to try again.');
  return code;
}

function needsNode24() {
  say(
    `Node 24 is needed, and this is ${process.version} on ${process.platform} ${process.arch}. npm brings it on Linux ` +
      '(x64 and arm64, glibc); elsewhere install it from https://nodejs.org and run this again.',
  );
  return 1;
}

async function runAll(programs, passedOn) {
  const node = findNode24(root);
  if (node === undefined) return needsNode24();
  const env = { ...process.env, PATH: [dirname(node), bin, process.env.PATH].join(delimiter) };
  let worst = 0;
  for (const [program, ...args] of programs) {
    const path = program === 'node' ? node : join(bin, program);
    const code = await runProgram([path, ...args, ...passedOn], { cwd: root, env });
    if (code !== 0 && programs.length > 1) say(`failed: ${[program, ...args].join(' ')}`);
    worst ||= code;
    if (code > 128) break;
  }
  return worst;
}

async function main([name, ...rest]) {
  const programs = Object.hasOwn(tasks, name ?? '') ? tasks[name] : undefined;
  if (programs === undefined) {
    say(`usage: node tools/run.mjs <${Object.keys(tasks).join('|')}> [-- arguments]`);
    return 2;
  }
  const code = await install();
  return code === 0 ? runAll(programs, rest[0] === '--' ? rest.slice(1) : rest) : code;
}

process.exitCode = await main(process.argv.slice(2));
