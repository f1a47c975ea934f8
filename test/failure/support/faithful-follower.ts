import { setTimeout as wait } from 'node:timers/promises';

/** Somebody who follows the events as a browser does: reconnects with the last id whenever the stream ends. */
export interface FaithfulFollower {
  /** Resolves once the first stream is open; what happens from then on is seen. */
  readonly connected: Promise<void>;
  /** Ids in the order in which they came, over all streams. */
  readonly seen: readonly string[];
  /** Streams so far. */
  readonly streams: () => number;
  /** Statuses that were no stream. */
  readonly refusals: readonly number[];
  stop(): Promise<void>;
}

export function startFollower(url: string, token: string): FaithfulFollower {
  const stopping = new AbortController();
  const connected = Promise.withResolvers<void>();
  const seen: string[] = [];
  const refusals: number[] = [];
  let streams = 0;

  const follow = async (): Promise<void> => {
    const last = seen.at(-1);
    const response = await fetch(`${url}/v1/events`, {
      headers: { authorization: `Bearer ${token}`, ...(last === undefined ? {} : { 'last-event-id': last }) },
      signal: stopping.signal,
    });
    if (response.status !== 200) refusals.push(response.status);
    if (response.status !== 200 || response.body === null) return;
    streams += 1;
    let rest = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      connected.resolve();
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('id: ')) seen.push(line.slice(4));
    }
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await follow().catch(() => undefined);
      await wait(20);
    }
  })();
  return {
    connected: connected.promise,
    seen,
    streams: () => streams,
    refusals,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
