import { spawn, type ChildProcess } from 'node:child_process';

import { openDatabase } from '@release-manager/postgres';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { createQueue, defineJob, type Queue } from './index.ts';

interface Step {
  readonly name: string;
}

const step = defineJob<Step>({
  name: 'step.take',
  parse: (data) => data as Step,
  attempts: 3,
  timeoutSeconds: 120,
  serialBy: () => 'all',
});

/** A process of its own that takes a job and never finishes it. */
const worker = `
  import { openDatabase } from '@release-manager/postgres';
  import { createQueue } from '@release-manager/queue';
  const database = openDatabase({ url: process.env['WORKER_URL'], applicationName: 'worker', poolSize: 2 });
  const job = {
    name: 'step.take', parse: (data) => data, attempts: 3, timeoutSeconds: 120, serialBy: () => 'all',
  };
  const queue = createQueue({ database, jobs: [job], onError: () => undefined });
  await queue.work(job, async (data, { signal }) => {
    process.stdout.write('taken\\n');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    process.stdout.write('aborted\\n');
  }, { concurrency: 1 });
  await queue.start();
`;

let test: TestDatabase;
let queue: Queue | undefined;
const children: ChildProcess[] = [];

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await queue?.stop({ graceSeconds: 0 });
  await test.drop();
});

function startWorker(): { child: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, ['--input-type=module', '-e', worker], {
    env: { ...process.env, WORKER_URL: test.url },
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  return { child, said: () => output };
}

const until = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 30_000, interval: 50 });

describe('recovery', () => {
  it(
    'gives the job of a killed or frozen worker to another, and ignores the late one',
    { timeout: 90_000 },
    async () => {
      queue = createQueue({ database: test.database, jobs: [step], onError: () => undefined });
      await queue.start();
      await queue.enqueue(test.database.db, step, { name: 'first' });
      await queue.enqueue(test.database.db, step, { name: 'second' });

      const killed = startWorker();
      await until(() => expect(killed.said()).toContain('taken'));
      killed.child.kill('SIGKILL');
      const killedAt = performance.now();

      const frozen = startWorker();
      await until(() => expect(frozen.said()).toContain('taken'));
      // Heartbeat of 10 s, one supervision, one poll, a first pause of at most 2 s.
      expect(performance.now() - killedAt).toBeLessThan(20_000);
      frozen.child.kill('SIGSTOP');

      const done: string[] = [];
      await queue.work(step, (data, { attempt }) => Promise.resolve(void done.push(`${data.name} ${attempt}`)), {
        concurrency: 1,
      });
      await until(() => expect(done).toEqual(['first 3', 'second 1']));
      frozen.child.kill('SIGCONT');
      await until(() => expect(frozen.said()).toContain('aborted'));
      await until(async () => {
        const states: unknown = await test.database.db('pgboss.job').where({ name: step.name }).pluck('state');
        expect(states).toEqual(['completed', 'completed']);
      });
    },
  );

  it('starts at once in several processes on an empty database', async () => {
    const fresh = await testDatabase();
    const databases = [1, 2, 3].map(() => openDatabase({ url: fresh.url, applicationName: 'test', poolSize: 2 }));
    const errors: unknown[] = [];
    const queues = databases.map((database) =>
      createQueue({ database, jobs: [step], onError: (error) => void errors.push(error) }),
    );
    await Promise.all(queues.map((each) => each.start()));
    for (const each of queues) await each.stop({ graceSeconds: 0 });
    expect(errors).toEqual([]);
    for (const database of databases) await database.close();
    await fresh.drop();
  });
});
