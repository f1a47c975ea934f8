import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { messageOf } from '@release-manager/domain';
import type { Logger } from '@release-manager/runtime';
import { z } from 'zod';

const Remembered = z.record(z.string(), z.record(z.string(), z.string()));

/** Pods that are remembered at most; the oldest are forgotten first. */
const mostPods = 5_000;

/**
 * Which deaths were told, by pod uid and container, also after a restart of the daemon. It is written shortly after it
 * changed: what a kill -9 makes it forget is told a second time, and told once is what the manager makes of it.
 */
export class CrashMemory {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #told: Map<string, Record<string, string>>;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
    this.#told = new Map(Object.entries(read(path)));
  }

  wasTold(uid: string, container: string, death: string): boolean {
    return this.#told.get(uid)?.[container] === death;
  }

  remember(uid: string, container: string, death: string): void {
    const containers = this.#told.get(uid) ?? {};
    this.#told.delete(uid);
    this.#told.set(uid, { ...containers, [container]: death });
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= mostPods) break;
      this.#told.delete(oldest);
    }
    this.#writeSoon();
  }

  forget(uid: string): void {
    if (this.#told.delete(uid)) this.#writeSoon();
  }

  close(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#write();
  }

  #writeSoon(): void {
    this.#timer ??= setTimeout(() => this.#write(), 500);
  }

  #write(): void {
    this.#timer = undefined;
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      writeFileSync(`${this.#path}.new`, JSON.stringify(Object.fromEntries(this.#told)), { mode: 0o600 });
      renameSync(`${this.#path}.new`, this.#path);
    } catch (error) {
      this.#logger.warn('crash logs that were told cannot be noted', { error: messageOf(error) });
    }
  }
}

/** What cannot be read was not told: a log twice is better than none. */
function read(path: string): z.infer<typeof Remembered> {
  try {
    return Remembered.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {};
  }
}
