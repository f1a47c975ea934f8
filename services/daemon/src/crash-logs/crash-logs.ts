import type { CrashLog, PodFacts } from '@release-manager/contract';
import { compact, messageOf, type Clock } from '@release-manager/domain';
import { backoff, type Logger, type Redactor } from '@release-manager/runtime';

import { PollQueue, type ApiClient } from '../kubernetes/index.ts';
import { cut } from '../objects/index.ts';
import type { PodListener, Reporter } from '../track/index.ts';
import { LogBudget } from './budget.ts';
import { CrashMemory } from './crash-memory.ts';
import { crashesOf, type Crash } from './crash.ts';
import { readLog, type ReadLog } from './read-log.ts';

export interface CrashLogsOptions {
  readonly client: ApiClient;
  readonly reporter: Reporter;
  readonly redactor: Redactor;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Where it is noted what was told. */
  readonly path: string;
}

interface Task {
  readonly pod: PodFacts;
  readonly crash: Crash;
  attempts: number;
}

const limits = { lines: 30, line: 1_000, all: 30_000 } as const;
/** A death that lies longer back is no news; a daemon that is new in a cluster would otherwise fetch every log there is. */
const newsMs = 60 * 60_000;
const mostAttempts = 5;

/** Fetches what a container printed before it died, once for each death, and tells it. */
export class CrashLogs implements PodListener {
  readonly #options: CrashLogsOptions;
  readonly #memory: CrashMemory;
  readonly #budget: LogBudget;
  readonly #tasks = new Map<string, Task>();
  readonly #queue: PollQueue<string>;

  constructor(options: CrashLogsOptions) {
    this.#options = options;
    this.#memory = new CrashMemory(options.path, options.logger);
    this.#budget = new LogBudget(() => options.clock.now().getTime());
    this.#queue = new PollQueue({
      concurrency: 3,
      work: (key, signal) => this.#fetch(key, signal),
      onError: (key, error) => this.#failed(key, error),
    });
  }

  seen(pod: PodFacts): void {
    for (const crash of crashesOf(pod)) {
      const key = `${pod.object.uid}/${crash.container}`;
      const { uid } = pod.object;
      if (this.#tasks.get(key)?.crash.death === crash.death) continue;
      if (this.#memory.wasTold(uid, crash.container, crash.death) || !this.#isRecent(crash)) continue;
      if (!this.#budget.take(`${pod.workload?.uid ?? uid}/${pod.revision ?? ''}/${crash.container}`)) {
        this.#memory.remember(uid, crash.container, crash.death);
        continue;
      }
      this.#tasks.set(key, { pod, crash, attempts: 0 });
      this.#queue.schedule(key, 0);
    }
  }

  gone(uid: string): void {
    this.#memory.forget(uid);
  }

  async stop(): Promise<void> {
    await this.#queue.stop();
    this.#memory.close();
  }

  #isRecent({ finishedAt }: Crash): boolean {
    return finishedAt === undefined || this.#options.clock.now().getTime() - Date.parse(finishedAt) < newsMs;
  }

  async #fetch(key: string, signal: AbortSignal): Promise<undefined> {
    const task = this.#tasks.get(key);
    if (task === undefined) return;
    const { client, redactor } = this.#options;
    const { namespace, name } = task.pod.object;
    const { container, stream } = task.crash;
    const log = await readLog(client, { namespace, pod: name, container, stream, limits }, { redactor, signal });
    this.#tell(key, task, log);
  }

  #tell(key: string, task: Task, log: ReadLog): void {
    if (this.#tasks.get(key) === task) this.#tasks.delete(key);
    const { pod, crash } = task;
    const crashLog: CrashLog = compact({
      type: 'crash-log' as const,
      pod: pod.object,
      service: pod.service,
      workload: pod.workload,
      container: crash.container,
      restarts: crash.run,
      stream: log.stream,
      lines: log.lines,
      cut: log.cut,
      unavailable: log.unavailable,
    });
    if (this.#options.reporter.report(crashLog)) {
      this.#memory.remember(pod.object.uid, crash.container, crash.death);
    }
  }

  #failed(key: string, error: unknown): number | undefined {
    const task = this.#tasks.get(key);
    if (task === undefined) return undefined;
    task.attempts += 1;
    const { logger, redactor } = this.#options;
    if (task.attempts < mostAttempts) return backoff(task.attempts, { base: 500, cap: 10_000, random: Math.random });
    const unavailable = cut(redactor.redact(messageOf(error)), 2_000);
    logger.info('a crash log could not be read', { error: unavailable });
    this.#tell(key, task, { stream: task.crash.stream, lines: [], cut: false, unavailable });
    return undefined;
  }
}
