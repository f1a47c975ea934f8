import type { Database } from '@release-manager/postgres';
import { fromKnex, PgBoss, type Db as BossDb } from 'pg-boss';

/**
 * pg-boss with the settings that were measured. Its defaults supervise once a minute, so the job of a killed worker would
 * wait 52 to 56 s; with both intervals at 1 s it is taken again after the heartbeat of 10 s (`heartbeatSeconds`).
 */
export function createBoss(database: Database, onError: (error: unknown) => void): PgBoss {
  const boss = new PgBoss({
    db: bossDatabase(database),
    useListenNotify: true,
    supervise: true,
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
    cronMonitorIntervalSeconds: 10,
  });
  // Unheard, an 'error' event would end the process. It is a copy of the error, not always an Error itself.
  boss.on('error', (error) => onError(new Error(error.message, { cause: error })));
  boss.on('warning', (warning) => onError(new Error(warning.message, { cause: warning.data })));
  return boss;
}

/**
 * The application's own pool; NOTIFY comes over the connection that reconnects by itself.
 *
 * Some of pg-boss' statements bring their own `begin` and `commit`. When such a block fails half-way, the connection would
 * go back to the pool in an aborted transaction, and whoever got it next would fail; in a transaction of ours it is rolled
 * back (the server only warns of the second `begin`).
 */
function bossDatabase(database: Database): BossDb {
  return {
    executeSql: (text, values) =>
      /^\s*begin\b/i.test(text)
        ? database.transaction((tx) => fromKnex(tx).executeSql(text, values))
        : fromKnex(database.db).executeSql(text, values),
    listen: (channel, onNotification, onReconnect) =>
      database.listen(channel, (payload) => (payload === undefined ? onReconnect() : onNotification(payload))),
  };
}
