import type { DoctorCheck, ResultOf, Operations } from '@release-manager/contract';

import { isExposed } from '../../core/connection.ts';
import type { Context } from '../../core/context.ts';
import { version } from '../../core/version.ts';
import type { World } from '../../core/world.ts';
import { failed, runCheck, type Finding } from './doctor-check.ts';

type Self = ResultOf<Operations['whoami']>;

const soonDays = 14;
/** Signatures of uploads and webhooks count for minutes; a clock that is off by one begins to hurt. */
const tolerableSkewSeconds = 30;
const clockTimeoutMilliseconds = 10_000;

/** The manager as this machine sees it: where, as whom, with which version, and how the clocks differ. */
export async function managerChecks(context: Context): Promise<DoctorCheck[]> {
  const { world } = context;
  let connected: { readonly self: Self; readonly manager: string; readonly url: string; readonly source: string };
  try {
    const { url, source } = await context.connection();
    const api = await context.api();
    const self = await api.call('whoami', {});
    connected = { self, manager: (await api.call('showVersion', {})).version, url, source };
  } catch (error) {
    return [failed('manager', error)];
  }
  const { self, manager, url, source } = connected;
  return [
    { name: 'manager', status: 'ok', message: `${url} (from ${source}), as ${self.actor.name}` },
    { name: 'versions', ...judgeVersions(version, manager, url) },
    { name: 'token', ...judgeToken(self.token?.expiresAt, world.now(), url) },
    await runCheck('clock', () => checkClock(world, url)),
    ...(isExposed(url) ? [exposed(url)] : []),
  ];
}

/** @param own the version of this program */
export function judgeVersions(own: string, manager: string, url: string): Finding {
  if (own === manager) return { status: 'ok', message: `both are ${own}` };
  return {
    status: 'warning',
    message: `this program is ${own}, the manager is ${manager}`,
    next: `take the one of the manager: ${url}/cli`,
  };
}

export function judgeToken(expiresAt: string | undefined, now: Date, url: string): Finding {
  if (expiresAt === undefined) return { status: 'ok', message: 'does not expire' };
  const days = Math.floor((Date.parse(expiresAt) - now.getTime()) / 86_400_000);
  if (days >= soonDays) return { status: 'ok', message: `counts until ${expiresAt}` };
  return {
    status: 'warning',
    message: `expires in ${Math.max(days, 0)} days, at ${expiresAt}`,
    next: `\`release-cli token create\` makes another one, \`release-cli login ${url}\` keeps it`,
  };
}

/** By the Date header, which needs no token and has whole seconds. */
async function checkClock(world: Pick<World, 'fetch' | 'now' | 'signal'>, url: string): Promise<Finding> {
  const before = world.now().getTime();
  const response = await world.fetch(`${url}/healthz`, {
    redirect: 'error',
    signal: AbortSignal.any([world.signal, AbortSignal.timeout(clockTimeoutMilliseconds)]),
  });
  await response.body?.cancel();
  const after = world.now().getTime();
  const theirs = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(theirs)) return { status: 'ok', message: 'not compared: the manager does not say what time it is' };
  return judgeClock((before + after) / 2 - (theirs + 500));
}

/** @param aheadMilliseconds how far this machine is ahead of the manager */
export function judgeClock(aheadMilliseconds: number): Finding {
  const seconds = Math.round(Math.abs(aheadMilliseconds) / 1000);
  if (seconds <= tolerableSkewSeconds) return { status: 'ok', message: 'that of the manager says the same' };
  return {
    status: 'warning',
    message: `this machine is ${seconds} s ${aheadMilliseconds > 0 ? 'ahead of' : 'behind'} the manager`,
    next: 'switch on time synchronisation here, or there: `release-cli doctor` of another machine tells which',
  };
}

function exposed(url: string): DoctorCheck {
  const message = `the token travels to ${url} in the clear`;
  return { name: 'transport', status: 'warning', message, next: 'use https' };
}
