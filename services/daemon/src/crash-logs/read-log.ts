import { messageOf } from '@release-manager/domain';
import type { Redactor } from '@release-manager/runtime';

import { statusOf, type ApiClient } from '../kubernetes/index.ts';
import { cut, resourcePath, resourceTypes } from '../objects/index.ts';
import { logText, type LogLimits, type LogText } from './log-text.ts';

export interface WantedLog {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Asked first; the other one when the kubelet has no such log. */
  readonly stream: 'previous' | 'current';
  readonly limits: LogLimits;
}

export interface ReadLog extends LogText {
  readonly stream: 'previous' | 'current';
  /** Why there is none, in the words of the API server. */
  readonly unavailable?: string;
}

/** More lines are asked for than are shown, so that the beginning of a key is seen above its end. */
const linesAbove = 70;
const mostBytes = 2 * 1024 * 1024;

/**
 * The end of a log. The kubelet answers 400 where a container has not started yet, or there is none before it.
 * @throws AppError unavailable, also for statuses that may change by themselves.
 */
export async function readLog(
  client: ApiClient,
  wanted: WantedLog,
  { redactor, signal }: { readonly redactor: Redactor; readonly signal: AbortSignal },
): Promise<ReadLog> {
  const { namespace, pod, container, limits } = wanted;
  const path = `${resourcePath(resourceTypes.pods, { version: 'v1', namespace, name: pod })}/log`;
  const streams =
    wanted.stream === 'previous' ? (['previous', 'current'] as const) : (['current', 'previous'] as const);
  let unavailable = '';
  for (const stream of streams) {
    const query = {
      container,
      previous: stream === 'previous' || undefined,
      tailLines: limits.lines + linesAbove,
      limitBytes: mostBytes,
    };
    try {
      const text = await client.text(path, query, { signal, most: mostBytes });
      return { stream, ...logText(text, redactor, limits) };
    } catch (error) {
      if (![400, 403, 404].includes(statusOf(error) ?? 0)) throw error;
      unavailable ||= cut(redactor.redact(messageOf(error)), 2_000);
    }
  }
  return { stream: wanted.stream, lines: [], cut: false, unavailable };
}
