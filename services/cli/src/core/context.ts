import { createApi, type Api } from './api.ts';
import { requireToken, resolveConnection, type Connection } from './connection.ts';
import type { Output } from './output.ts';
import type { World } from './world.ts';

/** What a command is handed besides its arguments. */
export interface Context {
  readonly world: World;
  readonly output: Output;
  connection(): Promise<Connection>;
  /** The manager, as whoever the token speaks for. */
  api(): Promise<Api>;
}

export interface ContextFlags {
  readonly url?: string | undefined;
  readonly tokenFile?: string | undefined;
}

export function createContext(world: World, output: Output, flags: ContextFlags): Context {
  let connection: Promise<Connection> | undefined;
  const connect = (): Promise<Connection> => (connection ??= resolveConnection(world, flags));
  return {
    world,
    output,
    connection: connect,
    async api() {
      const resolved = await connect();
      requireToken(resolved);
      return createApi(world, resolved);
    },
  };
}
