import type {
  BodyOf,
  Operation,
  OperationId,
  Operations,
  ParamsOf,
  QueryOf,
  ResultOf,
} from '@release-manager/contract';
import type { Actor } from '@release-manager/domain';

import type { Principal } from './principal.ts';

/** One request of an operation, parsed by the operation's schemas and made by somebody who may call it at all. */
export interface OperationRequest<O extends Operation> {
  readonly params: ParamsOf<O>;
  readonly query: QueryOf<O>;
  readonly body: BodyOf<O>;
  readonly actor: Actor;
  /** What the rights are judged by: the actor and the limits of the token. */
  readonly principal: Principal;
  /** Aborted when the caller hangs up or the manager stops: long polls end by it. */
  readonly signal: AbortSignal;
  readonly requestId: string;
}

/**
 * Answers one operation. Errors are thrown as AppErrors and never caught here: one place makes HTTP of them. What is not in
 * the operation's result schema does not leave.
 */
export type Handler<O extends Operation> = (request: OperationRequest<O>) => Promise<ResultOf<O>>;

/** An operation that nobody has to log in for. */
export type PublicHandler<O extends Operation> = (
  request: Omit<OperationRequest<O>, 'actor' | 'principal'>,
) => Promise<ResultOf<O>>;

/** One server-sent event; a client continues after `id`. */
export interface StreamedEvent<Data> {
  readonly id: string;
  readonly data: Data;
}

/**
 * Answers with server-sent events until the source ends or the signal is aborted. The source is read only as fast as the
 * client takes it, so it has to bound what it keeps for a slow one.
 */
export type StreamHandler<O extends Operation> = (
  request: OperationRequest<O> & { readonly lastEventId: string | undefined },
) => Promise<AsyncIterable<StreamedEvent<ResultOf<O>>>>;

type Public = 'showVersion';
type Streaming = 'followEvents';

/** A handler for every operation: a missing one is a type error at the composition root. */
export type Handlers = {
  readonly [Id in OperationId]: Id extends Streaming
    ? StreamHandler<Operations[Id]>
    : Id extends Public
      ? PublicHandler<Operations[Id]>
      : Handler<Operations[Id]>;
};

/** What a feature's `createXRoutes` returns: the handlers of its operations. */
export type Routes<Id extends OperationId> = Pick<Handlers, Id>;
