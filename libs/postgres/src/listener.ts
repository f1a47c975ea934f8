import { openDedicated, type ConnectionTarget, type DedicatedConnection } from './connection.ts';

const firstDelayMs = 250;
const longestDelayMs = 10_000;

/** The pause before attempt `failures + 1`: doubling, capped, and up to half of it random so that replicas spread out. */
export function reconnectDelay(failures: number, random: () => number = Math.random): number {
  const full = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(failures, 16));
  return full / 2 + (full / 2) * random();
}

/** Called with the payload of a notification; without one after each (re)connect. */
export type Heard = (payload?: string) => void;

export interface ListenOptions {
  readonly target: ConnectionTarget;
  readonly channel: string;
  readonly heard: Heard;
  readonly onError: (error: unknown) => void;
}

/**
 * LISTEN on a connection of its own for as long as it is not closed. `heard` is also called after each (re)connect, since
 * what was notified in between is lost: whoever listens reads the state itself and never counts notifications.
 * It resolves after the first attempt, successful or not.
 */
export async function startListening(options: ListenOptions): Promise<{ close(): Promise<void> }> {
  const listener = new Listener(options);
  await listener.connect();
  return listener;
}

class Listener {
  readonly #options: ListenOptions;
  #connection: DedicatedConnection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: ListenOptions) {
    this.#options = options;
  }

  async connect(): Promise<void> {
    const { target, channel, onError } = this.#options;
    try {
      const connection = await openDedicated(target);
      if (this.#closed) return await connection.close();
      this.#connection = connection;
      connection.client.on('notification', ({ payload }) => this.#hear(payload));
      await connection.client.query(`listen ${connection.client.escapeIdentifier(channel)}`);
      this.#failures = 0;
      // A connection that died while LISTEN was under way has fired its event already.
      if (connection.gone.aborted) return this.#reconnectLater();
      connection.gone.addEventListener('abort', () => this.#reconnectLater(), { once: true });
      this.#hear();
    } catch (error) {
      onError(error);
      this.#reconnectLater();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#connection?.close();
  }

  #hear(payload?: string): void {
    if (this.#closed) return;
    try {
      this.#options.heard(payload);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #reconnectLater(): void {
    if (this.#closed) return;
    void this.#connection?.close();
    this.#connection = undefined;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.connect(), reconnectDelay(this.#failures));
    this.#timer.unref();
    this.#failures += 1;
  }
}
