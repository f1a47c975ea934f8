import { isDeepStrictEqual } from 'node:util';

import type { LogRequestView } from '@release-manager/contract';
import { AppError, newId } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';

import { CommandStore } from '../commands/command-store.ts';
import { readDaemons } from '../judge/cluster-reader.ts';
import type { DaemonState } from '../verdict/subject.ts';
import { pickContainers, type AskedLogs, type LogTarget } from './asked-logs.ts';
import { LogRequestStore, type LogRequest, type ServicePlace, type SilentCluster } from './log-request-store.ts';
import { toLogRequestView } from './log-request-view.ts';

/** What is wanted from where; of clusters that the environment has. */
export interface LogWish {
  readonly place: ServicePlace;
  readonly clusters: readonly string[];
  readonly asked: AskedLogs;
}

/** A daemon answers within a second; one that starts anew gets its lease again within this. */
const answerSeconds = 60;
/** A daemon is heard every 20 seconds. */
const heardSeconds = 60;
/** Somebody who types the same again is shown what is under way. */
const joinSeconds = 10;
/** Requests that are under way for one service in one environment. */
const mostOpen = 5;
/** Logs that one cluster is asked for at once. */
const mostOfCluster = 100;

/**
 * Asks the daemons for logs, in one transaction: whoever dies afterwards, the request is there, is answered or ends.
 * @throws AppError not-found as `pickContainers` does; limited `logs.too-many`
 */
export async function requestLogs(
  { database, now }: { readonly database: Database; readonly now: () => Date },
  wish: LogWish,
): Promise<LogRequestView> {
  return database.transaction(async (tx) => {
    const store = new LogRequestStore(tx);
    const at = now();
    await store.lock(wish.place);
    const open = await store.open(wish.place, at);
    const request = open.find((one) => isSame(one, wish.asked, at)) ?? (await ask(tx, wish, { at, open: open.length }));
    return toLogRequestView(request, await store.containers(request.id), at);
  });
}

function isSame({ asked, askedAt }: LogRequest, wanted: AskedLogs, at: Date): boolean {
  return at.getTime() - askedAt.getTime() < joinSeconds * 1000 && isDeepStrictEqual(asked, { ...wanted });
}

async function ask(
  tx: Db,
  { place, clusters, asked }: LogWish,
  { at, open }: { readonly at: Date; readonly open: number },
): Promise<LogRequest> {
  const where = `${place.service} in ${place.environment}`;
  if (open >= mostOpen) throw tooMany(`${open} requests for logs of ${where} are under way.`);
  const store = new LogRequestStore(tx);
  const commands = new CommandStore(tx);
  const daemons = await readDaemons(tx, place.environment);
  const away = clusters.flatMap((cluster) => silence(cluster, daemons.get(cluster), at));
  const heard = clusters.filter((cluster) => !away.some((each) => each.cluster === cluster));
  const pods = heard.length === 0 ? [] : await store.pods(place, heard);
  // One that starts anew can be asked for the pods that the one before it told of.
  const reading = pods.length > 0 ? [] : heard.filter((cluster) => daemons.get(cluster)?.synced === false);
  const silent = [...away, ...reading.map(stillReading)];
  // Where nobody can be asked, "there is no such pod" would be a guess.
  const nobody = pods.length === 0 && silent.length > 0;
  const { targets, leftOut } = nobody ? { targets: [], leftOut: 0 } : pickContainers(pods, asked, where);
  assertRoom(targets, await commands.openLogs(place.environment, at));
  const expires = new Date(at.getTime() + answerSeconds * 1000);
  const request = { ...place, id: newId('log', at), asked, leftOut, silent, askedAt: at, expiresAt: expires };
  await store.add(request);
  const { previous, lines } = asked;
  await commands.fetchLogs(
    targets.map((target) => ({ ...target, environment: place.environment, previous, lines })),
    { logRequest: request.id, at, expires },
  );
  return request;
}

function silence(cluster: string, daemon: DaemonState | undefined, at: Date): SilentCluster[] {
  if (daemon === undefined) {
    return [{ cluster, says: `no daemon has ever reported from ${cluster}`, next: 'start one there: docs/daemon.md' }];
  }
  const seconds = Math.round((at.getTime() - daemon.heardAt.getTime()) / 1000);
  if (seconds <= heardSeconds) return [];
  const says = `the daemon of ${cluster} was heard last ${seconds} s ago`;
  return [{ cluster, says, next: 'see whether it runs and reaches the manager: release-cli doctor' }];
}

function stillReading(cluster: string): SilentCluster {
  const says = `the daemon of ${cluster} has just started and still reads which pods there are`;
  return { cluster, says, next: 'ask again in a moment' };
}

function assertRoom(targets: readonly LogTarget[], open: ReadonlyMap<string, number>): void {
  const full = targets.find(({ cluster }) => (open.get(cluster) ?? 0) >= mostOfCluster);
  if (full === undefined) return;
  throw tooMany(`The daemon of ${full.cluster} has ${open.get(full.cluster) ?? 0} logs to fetch.`);
}

function tooMany(message: string): AppError {
  return new AppError('limited', 'logs.too-many', message, {
    next: `wait: each ends after ${answerSeconds} s at the latest`,
  });
}
