import { AppError, type ErrorKind } from '@release-manager/domain';
import type { z } from 'zod';

import type { InputOf, Operation, ResultOf } from './operation.ts';
import { Problem } from './problem.ts';
import { readServerSentEvents } from './server-sent-events.ts';
import { followEvents, type LedgerEntry, LedgerEntry as LedgerEntrySchema } from './status.ts';

export interface ClientOptions {
  readonly url: string;
  readonly token?: string;
  readonly fetch?: typeof fetch;
  readonly userAgent?: string;
  /** For one call, not for a stream. */
  readonly timeoutSeconds?: number;
}

/** The typed client of the API: what goes in and out of an operation is what the table says. */
export interface Client {
  /**
   * Calls one operation. `input` is parameters, query and body in one object, told apart by the operation's schemas.
   * @throws AppError with the manager's own kind, code and `next`, or `unavailable` when no manager answered.
   */
  call<O extends Operation>(operation: O, input: InputOf<O>, signal?: AbortSignal): Promise<ResultOf<O>>;
  /** Follows the ledger; ends when the connection does. Reconnect with `after` = the id of the last entry. */
  follow(query: z.input<typeof followEvents.query>, signal: AbortSignal): AsyncGenerator<LedgerEntry>;
}

export function createClient(options: ClientOptions): Client {
  const send = options.fetch ?? fetch;
  const base = options.url.replace(/\/+$/, '');

  const request = async (
    operation: Operation,
    input: Readonly<Record<string, unknown>>,
    init: RequestInit,
  ): Promise<Response> => {
    const { path, body } = toRequest(operation, input);
    const headers: Record<string, string> = {
      accept: 'application/json',
      'user-agent': options.userAgent ?? 'release-manager-client',
    };
    if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    let response: Response;
    try {
      response = await send(`${base}${path}`, {
        ...init,
        method: operation.method.toUpperCase(),
        headers: { ...headers, ...(init.headers as Record<string, string> | undefined) },
        redirect: 'error',
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      throw unreachable(base, error);
    }
    if (!response.ok) throw await errorOf(response, base);
    return response;
  };

  return {
    async call(operation, input, signal) {
      const timeout = AbortSignal.timeout((options.timeoutSeconds ?? 60) * 1000);
      const response = await request(operation, input as Record<string, unknown>, {
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      });
      return operation.result.parse(await response.json()) as never;
    },
    async *follow(query, signal) {
      const response = await request(followEvents, query, { signal, headers: { accept: 'text/event-stream' } });
      if (response.body === null) return;
      for await (const data of readServerSentEvents(response.body)) yield LedgerEntrySchema.parse(JSON.parse(data));
    },
  };
}

function toRequest(
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
): { path: string; body: string | undefined } {
  const inPath = new Set([...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''));
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(input[name])));
  const rest = Object.entries(input).filter(([name, value]) => !inPath.has(name) && value !== undefined);
  if (operation.method === 'get' || operation.method === 'delete') {
    const query = new URLSearchParams(rest.map(([name, value]): [string, string] => [name, String(value)])).toString();
    return { path: query === '' ? path : `${path}?${query}`, body: undefined };
  }
  return { path, body: JSON.stringify(Object.fromEntries(rest)) };
}

function unreachable(url: string, cause: unknown): AppError {
  if (cause instanceof Error && cause.name === 'TimeoutError')
    return new AppError('unavailable', 'client.timeout', `The manager at ${url} did not answer in time.`, { cause });
  return new AppError('unavailable', 'client.unreachable', `No manager answers at ${url}.`, {
    next: 'check the address (RELEASE_MANAGER_URL, or `release-cli login <url>`) and that the manager runs',
    cause,
  });
}

async function errorOf(response: Response, base: string): Promise<AppError> {
  const text = await response.text();
  const parsed = Problem.safeParse(tryJson(text));
  if (!parsed.success) {
    return new AppError(
      'unavailable',
      'client.not-a-manager',
      `${base} answered ${response.status}, and not as a release manager does.`,
      {
        next: 'check that the address is that of the manager and no proxy answers in its place',
      },
    );
  }
  const { kind, code, detail, next, details, incident } = parsed.data;
  return new AppError(kind as ErrorKind, code, detail, {
    ...(next === undefined ? {} : { next }),
    details: { ...details, ...(incident === undefined ? {} : { incident }) },
  });
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
