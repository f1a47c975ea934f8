import { Client, TypeOverrides, types, type ClientConfig, type CustomTypesConfig } from 'pg';

import { translateError } from './translate-error.ts';

/** Where and as whom a connection is made. */
export interface ConnectionTarget {
  readonly url: string;
  readonly place: string;
  readonly applicationName: string;
}

const connectTimeoutMs = 10_000;
const heartbeatMs = 5_000;

/**
 * How rows become values: int8 is a number here (sequences and counts stay far below 2^53), timestamptz a Date, jsonb parsed.
 */
function columnTypes(): CustomTypesConfig {
  const overrides = new TypeOverrides();
  overrides.setTypeParser(types.builtins.INT8, Number);
  return overrides;
}

export function connectionSettings(target: ConnectionTarget): ClientConfig {
  return {
    connectionString: target.url,
    application_name: target.applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: columnTypes(),
  };
}

/** A connection of its own, outside the pool; `gone` is aborted once it is closed, by us or not. */
export interface DedicatedConnection {
  readonly client: Client;
  readonly gone: AbortSignal;
  close(): Promise<void>;
}

/**
 * Opens a connection whose session carries state (a lock, LISTEN). Both ends look for a silent death of the other: we by a
 * query every 5 s, the server by TCP keepalives of 25 s instead of the system's two hours. The order matters for locks:
 * the holder learns of its loss before the server gives the lock to somebody else.
 * @throws AppError unavailable
 */
export async function openDedicated(target: ConnectionTarget): Promise<DedicatedConnection> {
  const client = new Client(connectionSettings(target));
  const gone = new AbortController();
  client.on('error', () => gone.abort());
  client.on('end', () => gone.abort());
  try {
    await client.connect();
    await client.query('set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3');
  } catch (error) {
    await end(client);
    throw translateError(error, target.place);
  }
  const heartbeat = setInterval(() => void beat(client, gone), heartbeatMs);
  heartbeat.unref();
  gone.signal.addEventListener('abort', () => clearInterval(heartbeat));
  return {
    client,
    gone: gone.signal,
    close: async () => {
      clearInterval(heartbeat);
      await end(client);
    },
  };
}

async function beat(client: Client, gone: AbortController): Promise<void> {
  const late = setTimeout(() => gone.abort(), heartbeatMs);
  late.unref();
  try {
    await client.query('select 1');
  } catch {
    gone.abort();
  } finally {
    clearTimeout(late);
  }
}

/** Ends a connection whatever its state; a goodbye that does not get through in a second is not waited for. */
async function end(client: Client): Promise<void> {
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, 1_000);
  timer.unref();
  await Promise.race([client.end().catch(() => undefined), patience.promise]);
  clearTimeout(timer);
}
