import type { Operation } from '@release-manager/contract';
import { actorName } from '@release-manager/domain';
import type { Context, Redactor } from '@release-manager/runtime';
import type { Request, Response } from 'express';

import { assertCaller } from './assert-caller.ts';
import { sendEventStream } from './event-stream.ts';
import type { StreamedEvent } from './handler.ts';
import { parseInput, readQuery } from './parse-input.ts';
import type { Authenticate, Principal } from './principal.ts';
import { assertNoBody, readJsonBody } from './read-body.ts';
import type { FactsByRequest } from './request-facts.ts';
import type { RequestLimits } from './request-limits.ts';
import type { RequestSignals } from './request-signals.ts';

export interface RouteDependencies {
  readonly authenticate: Authenticate;
  readonly context: Context;
  readonly redactor: Redactor;
  readonly facts: FactsByRequest;
  readonly limits: RequestLimits;
  readonly signals: RequestSignals;
}

/** A handler whose operation is no longer known to the type checker; the table and `Handlers` pair them by name. */
export type ErasedHandler = (request: ErasedRequest) => Promise<unknown>;

interface ErasedRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly actor: unknown;
  readonly principal: Principal | undefined;
  readonly signal: AbortSignal;
  readonly requestId: string;
  readonly lastEventId: string | undefined;
}

/**
 * Answers requests of one operation. The order is what an attacker meets: first who asks and whether they ask too often, then
 * whether such a caller may knock here, and only then is a byte of the body read.
 */
export function operationRoute(
  operation: Operation,
  handler: ErasedHandler,
  dependencies: RouteDependencies,
): (request: Request, response: Response) => Promise<void> {
  const { authenticate, context, facts, limits } = dependencies;
  return async (request, response) => {
    const about = facts.of(request);
    about.route = operation.path;
    const principal = await limits.identify(request, authenticate);
    assertCaller(operation, principal);
    about.actor = principal === undefined ? undefined : actorName(principal.actor);
    await context.run(about.actor === undefined ? {} : { actor: about.actor }, async () => {
      const input = await parseRequest(operation, request, dependencies.redactor);
      const signal = dependencies.signals.of(response);
      const lastEventId = lastEventIdOf(request);
      if (isStream(operation) && principal !== undefined) response.on('close', limits.openStream(principal));
      const result = await handler({
        ...input,
        actor: principal?.actor,
        principal,
        signal,
        requestId: about.id,
        lastEventId,
      });
      await answer({ operation, result, response, signal });
    });
  };
}

async function parseRequest(
  operation: Operation,
  request: Request,
  redactor: Redactor,
): Promise<Pick<ErasedRequest, 'params' | 'query' | 'body'>> {
  const params = parseInput(operation.params, { ...request.params }, { place: 'path', redactor });
  const query = parseInput(operation.query, readQuery(request.url), { place: 'query', redactor });
  const bodiless = operation.method === 'get' || operation.method === 'delete';
  if (bodiless) assertNoBody(request);
  const body = parseInput(operation.body, bodiless ? {} : await readJsonBody(request), { place: 'body', redactor });
  return { params, query, body };
}

interface Answer {
  readonly operation: Operation;
  readonly result: unknown;
  readonly response: Response;
  readonly signal: AbortSignal;
}

async function answer({ operation, result, response, signal }: Answer): Promise<void> {
  if (isStream(operation)) {
    const events = result as AsyncIterable<StreamedEvent<unknown>>;
    await sendEventStream(response, events, { signal, shape: (data) => operation.result.parse(data) });
    return;
  }
  // Parsing drops what the contract does not name: a column added to a row never becomes public by accident.
  const shown: unknown = operation.result.parse(result);
  response.status(operation.status ?? 200);
  if (response.statusCode === 204) response.end();
  else response.json(shown);
}

function isStream({ id }: Operation): boolean {
  return id === 'followEvents';
}

function lastEventIdOf(request: Request): string | undefined {
  const sent = request.headers['last-event-id'];
  return typeof sent === 'string' && sent !== '' ? sent : undefined;
}
