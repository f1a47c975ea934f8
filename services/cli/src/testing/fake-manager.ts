import { operations, type LedgerEntry, type Operation, type OperationId } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';

import type { ApiResult } from '../core/api.ts';

type Input = Readonly<Record<string, unknown>>;
type Handlers = {
  readonly [Id in Exclude<OperationId, 'followEvents'>]?: (input: Input) => ApiResult<Id> | Promise<ApiResult<Id>>;
} & {
  /** The entries of one connection; when it returns, the connection ends. */
  readonly followEvents?: (input: Input, signal: AbortSignal) => AsyncGenerator<LedgerEntry>;
  /** Anything that is not under `/v1`, such as the place to upload to. */
  readonly elsewhere?: (request: Request) => Response | Promise<Response>;
};

export interface FakeManager {
  readonly fetch: typeof fetch;
  /** What was asked, in order: the operation, and its parameters, query and body in one. */
  readonly calls: { readonly id: string; readonly input: Input; readonly token: string | null }[];
}

const statuses: Readonly<Record<string, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  denied: 422,
  unavailable: 503,
};

/** A manager made of the table of operations: it refuses what the contract refuses, in and out. */
export function fakeManager(handlers: Handlers): FakeManager {
  const calls: FakeManager['calls'] = [];
  const answer = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const found = findOperation(request.method, url.pathname);
    if (found === undefined) return (await handlers.elsewhere?.(request)) ?? new Response('no', { status: 404 });
    const { operation, params } = found;
    const input = await readInput(operation, params, { request, url });
    calls.push({ id: operation.id, input, token: request.headers.get('authorization') });
    if (operation.id === 'followEvents') return stream(handlers.followEvents?.(input, request.signal));
    const handler = handlers[operation.id as keyof Handlers] as ((input: Input) => unknown) | undefined;
    if (handler === undefined)
      return problem(new AppError('not-found', 'fake.none', `${operation.id} has no answer here`));
    try {
      const result = operation.result.parse(await handler(input));
      return Response.json(result, { status: operation.status ?? 200 });
    } catch (error) {
      if (error instanceof AppError) return problem(error);
      throw error;
    }
  };
  return { calls, fetch: (input, init) => answer(new Request(input, init)) };
}

function findOperation(method: string, path: string): { operation: Operation; params: Input } | undefined {
  for (const operation of Object.values<Operation>(operations)) {
    const pattern = new RegExp(`^${operation.path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const match = pattern.exec(path);
    if (match === null || operation.method !== method.toLowerCase()) continue;
    const params = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
    return { operation, params: Object.fromEntries(params) as Input };
  }
  return undefined;
}

async function readInput(
  operation: Operation,
  params: Input,
  { request, url }: { request: Request; url: URL },
): Promise<Input> {
  const text = await request.text();
  const parsed = [
    operation.params.parse(params),
    operation.query.parse(Object.fromEntries(url.searchParams)),
    operation.body.parse(text === '' ? {} : JSON.parse(text)),
  ];
  return Object.assign({}, ...parsed) as Input;
}

function problem({ kind, code, message, next, details }: AppError): Response {
  const status = statuses[kind] ?? 500;
  const body = { type: 'about:blank', title: kind, status, detail: message, code, kind, next, details };
  return Response.json(body, { status, headers: { 'content-type': 'application/problem+json' } });
}

function stream(entries: AsyncGenerator<LedgerEntry> | undefined): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await entries?.next();
      if (next === undefined || next.done === true) controller.close();
      else controller.enqueue(encoder.encode(`id: ${next.value.id}\ndata: ${JSON.stringify(next.value)}\n\n`));
    },
    async cancel() {
      await entries?.return(undefined);
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}
