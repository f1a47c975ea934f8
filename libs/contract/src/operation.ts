import type { z } from 'zod';

/** Who may knock at all; what they may then do is the one enforcement place's answer (manager `features/access`). */
export type Caller = 'anonymous' | 'admin' | 'person' | 'ci' | 'daemon';

/**
 * One route of the HTTP API, as data: the manager mounts it, the client calls it, the OpenAPI page and the route-table test
 * are made from it. A route that is not in the table does not exist.
 */
export interface Operation<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Result extends z.ZodType = z.ZodType,
> {
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Path with `{name}` for parameters, below the manager's URL. */
  readonly path: string;
  readonly summary: string;
  readonly callers: readonly Caller[];
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly result: Result;
  /** Status of a success; 200 when absent. */
  readonly status?: 200 | 201 | 202 | 204;
}

/** `Nothing` is an object that forbids every property, and would do so for its neighbours in the intersection. */
type Part<Schema extends z.ZodType> = z.input<Schema> extends Record<string, never> ? unknown : z.input<Schema>;
/** Parameters, query and body in one object. */
export type InputOf<O extends Operation> = Part<O['params']> & Part<O['query']> & Part<O['body']>;
export type ParamsOf<O extends Operation> = z.output<O['params']>;
export type QueryOf<O extends Operation> = z.output<O['query']>;
export type BodyOf<O extends Operation> = z.output<O['body']>;
export type ResultOf<O extends Operation> = z.output<O['result']>;

export const readers: readonly Caller[] = ['admin', 'person', 'ci'];
export const people: readonly Caller[] = ['admin', 'person'];
export const everyone: readonly Caller[] = ['anonymous', 'admin', 'person', 'ci', 'daemon'];
