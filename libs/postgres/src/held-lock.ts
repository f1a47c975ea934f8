import { openDedicated, type ConnectionTarget } from './connection.ts';

/** A lock that is held until it is released or its connection dies. */
export interface HeldLock {
  /**
   * Aborted when the connection is gone: somebody else may hold the lock from then on, so whoever holds it must stop
   * writing. What must never happen twice needs a guard in the data as well; no lock over a network can promise it.
   */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Tries a session-level advisory lock, on a connection of its own: a pooled one would carry the lock into foreign hands.
 * Undefined when another session holds it.
 * @throws AppError unavailable
 */
export async function tryLock(target: ConnectionTarget, name: string): Promise<HeldLock | undefined> {
  const connection = await openDedicated(target);
  try {
    const answer = await connection.client.query<{ locked: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as locked',
      [name],
    );
    if (answer.rows[0]?.locked === true) return { lost: connection.gone, release: () => connection.close() };
  } catch (error) {
    await connection.close();
    throw error;
  }
  await connection.close();
  return undefined;
}
