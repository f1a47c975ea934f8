import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import type { LogRequestView } from '@release-manager/contract';
import { FakeApiServer } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { pod } from '../../services/daemon/src/testing/objects.ts';
import type { Cli } from '../../services/manager/src/demo/processes/cli.ts';
import { bareEnvironment, type ProgramResult } from '../../services/manager/src/demo/processes/run-program.ts';
import { mainFile } from '../support/config-repo.ts';
import { startInstallation, type Installation } from '../support/installation.ts';

const daemonMain = join(import.meta.dirname, '..', '..', 'services', 'daemon', 'src', 'main.ts');

let here: Installation;
let cluster: FakeApiServer;
let daemon: ChildProcess;
let daemonToken: string;
let ada: Cli;
let ci: Cli;

beforeAll(async () => {
  here = await startInstallation({ 'release-manager.yaml': mainFile });
  cluster = await new FakeApiServer().start();
  await expectDone(here.admin(['service', 'add', 'web', '--namespace', 'shop', '--owner', 'checkout']));
  await writeFile(join(here.folder, 'kubeconfig'), cluster.kubeconfig);
  daemonToken = await token('daemon', '--env', 'dev');
  ada = here.cli(await token('personal', '--person', 'ada', '--name', 'Ada L.', '--email', 'ada@example.com'));
  ci = here.cli(await token('ci', '--name', 'shop', '--services', '*', '--branches', '**'));
  cluster.put(pod('web-1', undefined, running(true)));
  cluster.put(pod('web-2', undefined, running(false)));
  print('web-1', `listens on 8080\n\u001B[32mGET /cart 200\u001B[0m\nit was told ${daemonToken}\n`);
  print('web-2', 'waits for its database\n');
  daemon = startDaemon();
});
afterAll(async () => {
  await kill(daemon);
  await cluster.stop();
  await here.stop();
});

function running(ready: boolean): object {
  return {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    containerStatuses: [{ name: 'app', image: 'shop/web:1', ready, restartCount: 0, state: { running: {} } }],
  };
}

function print(name: string, current: string): void {
  cluster.setLog('shop', name, 'app', { current });
}

async function expectDone(result: Promise<ProgramResult>): Promise<string> {
  const { code, stdout, stderr } = await result;
  expect([code, stderr]).toEqual([0, code === 0 ? stderr : '']);
  return stdout;
}

async function token(...words: readonly string[]): Promise<string> {
  return (await expectDone(here.admin(['token', 'create', ...words]))).trim();
}

function startDaemon(): ChildProcess {
  return spawn(process.execPath, [daemonMain], {
    stdio: 'ignore',
    env: {
      ...bareEnvironment(here.folder),
      RELEASE_MANAGER_URL: here.url,
      RELEASE_MANAGER_TOKEN: daemonToken,
      ENVIRONMENT: 'dev',
      DATA_DIR: join(here.folder, 'daemon'),
      KUBECONFIG: join(here.folder, 'kubeconfig'),
    },
  });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Asks until the daemon has told of the pods. */
async function untilTold(): Promise<void> {
  const deadline = Date.now() + 60_000;
  while ((await ada(['logs', 'dev', '--service', 'web', '--pod', 'web-2', '--lines', '1'])).code !== 0) {
    if (Date.now() > deadline) throw new Error('the manager does not hear of the pods');
    await wait(100);
  }
}

describe('what a running pod prints', () => {
  it('comes to whoever asks, as it was printed, without colours and secrets', async () => {
    await untilTold();
    const { code, stdout } = await ada(['logs', 'dev', '--service', 'web', '--pod', 'web-1']);
    expect([code, stdout]).toEqual([0, 'listens on 8080\nGET /cart 200\nit was told [redacted]\n']);
  });

  it('comes of all pods, those that are not well first, and CI may read it too', async () => {
    const { stdout, stderr } = await ci(['logs', 'dev', '--service', 'web', '--lines', '1', '--fresh']);
    expect(stdout).toBe('[web-2/app] waits for its database\n[web-1/app] it was told [redacted]\n');
    expect(stderr).toContain('web-1/app 1 line, there are earlier ones');
    const asked = await ada(['logs', 'dev', '--service', 'web', '--fresh', '--json']);
    expect((JSON.parse(asked.stdout) as LogRequestView).containers.map((each) => each.state)).toEqual([
      'answered',
      'answered',
    ]);
  });

  it('says what there is where somebody asks for what there is not', async () => {
    const { code, stderr } = await ada(['logs', 'dev', '--service', 'web', '--pod', 'web-9']);
    expect(code).toBe(7);
    expect(stderr).toContain('its pods are web-1, web-2');
    expect((await ada(['logs', 'staging', '--service', 'web', '--fresh'])).stderr).toContain(
      'no daemon has ever reported from default',
    );
  });

  it('comes of the next daemon when the one before was killed', async () => {
    await kill(daemon);
    print('web-1', 'still here\n');
    const asking = ada(['logs', 'dev', '--service', 'web', '--pod', 'web-1']);
    daemon = startDaemon();
    expect(await expectDone(asking)).toBe('still here\n');
  });
});
