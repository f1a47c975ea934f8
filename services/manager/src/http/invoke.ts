import type { Operation, ResultOf } from '@release-manager/contract';
import { AppError, newId } from '@release-manager/domain';
import type { Redactor } from '@release-manager/runtime';
import type { z } from 'zod';

import { assertCaller } from './assert-caller.ts';
import type { Handlers } from './handler.ts';
import type { ErasedHandler } from './operation-route.ts';
import { parseInput } from './parse-input.ts';
import type { Principal } from './principal.ts';

/** What an operation is asked for, before it is parsed. */
export interface InvokeInput<O extends Operation> {
  readonly params?: z.input<O['params']>;
  readonly query?: z.input<O['query']>;
  readonly body?: z.input<O['body']>;
}

/**
 * Does what a request of this operation would do, for somebody whom another way than a token has proven: a click in Slack, a
 * comment on GitHub. The same schemas, the same handlers, and by them the same one place that says who may what.
 * @throws AppError as the operation itself
 */
export type Invoke = <O extends Operation>(
  operation: O,
  principal: Principal,
  input: InvokeInput<O>,
) => Promise<ResultOf<O>>;

export function createInvoke(handlers: Handlers, redactor: Redactor): Invoke {
  return async <O extends Operation>(operation: O, principal: Principal, input: InvokeInput<O>) => {
    const handler = (handlers as unknown as Record<string, ErasedHandler | undefined>)[operation.id];
    if (handler === undefined || operation.id === 'followEvents')
      throw new AppError('bug', 'http.invoke', `${operation.id} cannot be invoked.`);
    assertCaller(operation, principal);
    const result = await handler({
      params: parseInput(operation.params, input.params ?? {}, { place: 'path', redactor }),
      query: parseInput(operation.query, input.query ?? {}, { place: 'query', redactor }),
      body: parseInput(operation.body, input.body ?? {}, { place: 'body', redactor }),
      actor: principal.actor,
      principal,
      signal: new AbortController().signal,
      requestId: newId('req'),
      lastEventId: undefined,
    });
    return operation.result.parse(result) as ResultOf<O>;
  };
}
