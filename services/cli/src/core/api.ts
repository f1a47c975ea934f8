import type { Client, InputOf, LedgerEntry, OperationId, Operations, ResultOf } from '@release-manager/contract';

import type { Connection } from './connection.ts';
import { version } from './version.ts';
import type { World } from './world.ts';

export type ApiInput<Id extends OperationId> = InputOf<Operations[Id]>;
export type ApiResult<Id extends OperationId> = ResultOf<Operations[Id]>;

/** The manager as commands see it: operations by their name. */
export interface Api {
  readonly url: string;
  /** @throws AppError as `Client.call` does */
  call<Id extends OperationId>(id: Id, input: ApiInput<Id>, signal?: AbortSignal): Promise<ApiResult<Id>>;
  /** The ledger as it grows, until the connection ends. */
  follow(query: ApiInput<'followEvents'>, signal: AbortSignal): AsyncGenerator<LedgerEntry>;
}

/** The contract and its schemas are loaded here and only when the manager is asked: `version` and `help` start without them. */
export async function createApi(world: Pick<World, 'fetch' | 'signal'>, connection: Connection): Promise<Api> {
  const { createClient, operations } = await import('@release-manager/contract');
  const client: Client = createClient({
    url: connection.url,
    fetch: world.fetch,
    userAgent: `release-cli/${version}`,
    ...(connection.token === undefined ? {} : { token: connection.token }),
  });
  return {
    url: connection.url,
    async call(id, input, signal = world.signal) {
      return (await client.call(operations[id], input, signal)) as never;
    },
    follow: (query, signal) => client.follow(query, signal),
  };
}
