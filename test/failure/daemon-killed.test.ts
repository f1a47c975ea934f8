import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openDaemonRoom, type DaemonRoom } from '../../services/daemon/src/testing/daemon-room.ts';
import { crashing, deployment, pod } from '../../services/daemon/src/testing/objects.ts';

const main = fileURLToPath(new URL('../../services/daemon/src/main.ts', import.meta.url));
let room: DaemonRoom;
const processes: ChildProcess[] = [];

beforeEach(async () => {
  room = await openDaemonRoom();
});

afterEach(async () => {
  await Promise.all(processes.splice(0).map((child) => kill(child)));
  await room.stop();
});

/** A daemon as it is run by people, with a kubeconfig. */
function start(settings: Readonly<Record<string, string>> = {}): ChildProcess {
  const env = { PATH: process.env['PATH'] ?? '', ...room.environment, ...settings };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  processes.push(child);
  return child;
}

async function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'exit');
  }
  return child.exitCode;
}

describe('a daemon that is killed at any moment', () => {
  it('loses nothing that only it knew, and keeps the order', async () => {
    const { cluster, manager } = room;
    const count = 3;
    let down = false;
    manager.onBatch(() => (down ? 'down' : undefined));
    for (let round = 0; round < count; round += 1) {
      const child = start();
      const name = `web-${round}`;
      cluster.put(deployment(name, { ready: 0 }));
      cluster.setLog('shop', name, 'app', { previous: `printed by ${name}\n` });
      cluster.put(pod(name, undefined, crashing(1)));
      await manager.until(() => manager.last('pod', name));
      // From here on the manager hears nothing more of this daemon.
      down = true;
      const object = cluster.put(deployment(`late-${round}`));
      await kill(child);
      cluster.remove('Deployment', 'shop', object.metadata.name);
      down = false;
    }
    start();
    await manager.until(() => logs(room).size === count);
    for (let round = 0; round < count; round += 1) {
      cluster.patch('Deployment', 'shop', `web-${round}`, { status: { readyReplicas: 3 } });
      await manager.until(() => manager.last('workload', `web-${round}`)?.ready === 3);
    }
    expect(logs(room)).toEqual(new Set(Array.from({ length: count }, (_, round) => `printed by web-${round}`)));
    expect(new Set(manager.taken.map(({ outbox }) => outbox)).size).toBe(1);
    const sequences = manager.taken.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  });

  it('stops when it is asked to, and says at the start what is wrong', async () => {
    const child = start();
    await room.manager.until((manager) => manager.batches.some(({ daemon }) => daemon.synced));
    expect(await kill(child, 'SIGTERM')).toBe(0);
    const broken = start({ RELEASE_MANAGER_TOKEN: '', CLUSTER: 'Not A Name' });
    let said = '';
    broken.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(broken, 'close');
    expect(broken.exitCode).toBe(1);
    expect(said).toContain('RELEASE_MANAGER_TOKEN is not set');
    expect(said).toContain('CLUSTER: a name of a-z');
  });
});

function logs({ manager }: DaemonRoom): Set<string> {
  const lines = manager.taken.flatMap(({ observation: one }) => (one.type === 'crash-log' ? one.lines : []));
  return new Set(lines);
}
