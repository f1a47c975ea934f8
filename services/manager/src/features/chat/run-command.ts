import {
  explainEnvironment,
  liftHold,
  listCrashLogs,
  listHolds,
  listReleases,
  requestRelease,
  requestRollback,
  retryRelease,
  setHold,
  showRelease,
  showStatus,
  type ReleaseOutcome,
} from '@release-manager/contract';
import { actorName } from '@release-manager/domain';

import type { Invoke, Principal } from '../../http/index.ts';
import type { ChatAnswer } from './chat-answer.ts';
import type { ChatCommand } from './chat-command.ts';

export interface RunOptions {
  readonly invoke: Invoke;
  readonly principal: Principal;
  /** The same for every try of one request: what was done already is found and not done again. */
  readonly key: string;
  /** It was tried before, and nobody knows how that ended. */
  readonly again: boolean;
}

type Of<Verb extends ChatCommand['verb']> = Extract<ChatCommand, { verb: Verb }>;

/**
 * Does what was asked for, by the operation of the API that does it for everybody else.
 * @throws AppError as the operation
 */
export function runCommand(command: ChatCommand, options: RunOptions): Promise<ChatAnswer> {
  switch (command.verb) {
    case 'release':
      return release(command, options);
    case 'rollback':
      return rollback(command, options);
    case 'hold':
      return hold(command, options);
    case 'resume':
      return resume(command, options);
    case 'retry':
      return retry(command, options);
    case 'why':
      return why(command, options);
    case 'status':
      return status(command, options);
    case 'logs':
      return logs(command, options);
  }
}

async function release(command: Of<'release'>, { invoke, principal, key }: RunOptions): Promise<ChatAnswer> {
  const { verb: _, ...body } = command;
  if (body.branch === undefined && body.artifact === undefined) return nothingToRelease;
  const { outcomes } = await invoke(requestRelease, principal, { body: { ...body, idempotencyKey: key } });
  return { ok: outcomes.every(isDone), says: outcomes.map(outcomeWords).join('\n') };
}

/** An environment alone was named, in a place that does not say what goes there. */
const nothingToRelease: ChatAnswer = {
  ok: false,
  says: 'It is not said what to release, and nothing ready to release is known here.',
  next: 'name a branch or an artifact before the environment; on a pull request wait until CI has pushed an artifact of its head, which is never taken from a fork',
};

async function rollback(command: Of<'rollback'>, { invoke, principal, key }: RunOptions): Promise<ChatAnswer> {
  const { verb: _, ...body } = command;
  const outcome = await invoke(requestRollback, principal, { body: { ...body, idempotencyKey: key } });
  const held = outcome.held ? ` Automation is held there until \`${outcome.next[0] ?? 'resume'}\`.` : '';
  return { ok: outcome.outcome !== 'denied', says: `${command.service}: ${outcome.message}.${held}` };
}

async function hold(command: Of<'hold'>, { invoke, principal, again }: RunOptions): Promise<ChatAnswer> {
  const { service, environment, reason, unlessHeld } = command;
  const { items } =
    again || unlessHeld === true
      ? await invoke(listHolds, principal, { query: { service, environment } })
      : { items: [] };
  // A hold takes the place of the one before, and is told as a new one: it must not be set a second time by accident.
  const mine = items.some((each) => each.reason === reason.trim() && each.actor.name === actorName(principal.actor));
  if (again && mine) return { ok: true, says: `${service}: ${environment} is held until somebody resumes it` };
  const [before] = items;
  if (unlessHeld === true && before !== undefined)
    return { ok: true, says: `${service}: ${before.says}; nothing was changed` };
  const { message } = await invoke(setHold, principal, { params: { service, environment }, body: { reason } });
  return { ok: true, says: `${service}: ${message}` };
}

async function resume({ service, environment }: Of<'resume'>, { invoke, principal }: RunOptions): Promise<ChatAnswer> {
  const { message } = await invoke(liftHold, principal, { params: { service, environment }, body: {} });
  return { ok: true, says: `${service}: ${message}` };
}

/** States of releases that took the place of an earlier one, or are about to. */
const takesPlace: ReadonlySet<string> = new Set(['queued', 'committed', 'applied', 'rolling-out', 'healthy', 'failed']);
const lookedBack = 50;

/** What is offered below a message that may be old: what came after it is never put back by accident. */
async function retry({ release: id }: Of<'retry'>, { invoke, principal, again }: RunOptions): Promise<ChatAnswer> {
  const { service, environment } = await invoke(showRelease, principal, { params: { id } });
  const { items } = await invoke(listReleases, principal, { query: { service, environment, limit: lookedBack } });
  const place = items.findIndex((each) => each.id === id);
  const later = (place < 0 ? items : items.slice(0, place)).find(({ state }) => takesPlace.has(state));
  if (again && later?.retryOf === id) return { ok: true, says: `${environment}: tried again as ${later.id}` };
  if (later !== undefined)
    return {
      ok: false,
      says: `${service}: after ${id} came ${later.id} to ${environment}, which is ${later.state}. Nothing was done.`,
      next: `release what you want there by its name: \`release-cli release --artifact <artifact> ${environment} --service ${service}\``,
    };
  const outcome = await invoke(retryRelease, principal, { params: { id }, body: {} });
  return { ok: isDone(outcome), says: outcomeWords(outcome) };
}

async function why({ service, environment }: Of<'why'>, { invoke, principal }: RunOptions): Promise<ChatAnswer> {
  const answer = await invoke(explainEnvironment, principal, { params: { service, environment }, query: {} });
  const { current, hold: held, pending } = answer.status;
  const lines = [
    `${service} in ${environment}: ${currentWords(current)}`,
    ...(held === undefined ? [] : [`held: ${held.says}`]),
    ...pending.map(({ artifact, says }) => `on its way: ${artifact ?? 'undeploy'}, ${says}`),
    ...answer.now.map(({ branch, says }) => `${branch}: ${says}`),
    ...answer.problems.map(({ file, line, message }) => `broken: ${file}:${line} ${message}`),
  ];
  return { ok: true, says: lines.join('\n') };
}

async function status({ service }: Of<'status'>, { invoke, principal }: RunOptions): Promise<ChatAnswer> {
  const { items } = await invoke(showStatus, principal, { query: { service } });
  const environments = items.flatMap((item) => item.environments);
  if (environments.length === 0) return { ok: true, says: `${service} is nowhere yet` };
  const words = environments.map(
    ({ environment, current, hold: held }) =>
      `${environment}: ${currentWords(current)}${held === undefined ? '' : `; held: ${held.says}`}`,
  );
  return { ok: true, says: `${service}\n${words.join('\n')}` };
}

/** So much of a log is shown where people talk; the rest is one command away. */
const logLines = 30;

async function logs({ release: id }: Of<'logs'>, { invoke, principal }: RunOptions): Promise<ChatAnswer> {
  const { items } = await invoke(listCrashLogs, principal, { params: { id } });
  const [newest] = items;
  if (newest === undefined)
    return { ok: true, says: `No container of ${id} has died so far, so there is no log of a crash.` };
  const { pod, container, cluster } = newest;
  const log = newest.lines.slice(-logLines).join('\n');
  return { ok: true, says: `The end of ${container} of ${pod} in ${cluster}:`, log };
}

function currentWords(current: { artifact: string; release?: { says: string } | undefined } | undefined): string {
  if (current === undefined) return 'not there';
  return current.release === undefined ? current.artifact : `${current.artifact}, ${current.release.says}`;
}

function isDone({ outcome }: ReleaseOutcome): boolean {
  return outcome !== 'denied';
}

function outcomeWords({ environment, outcome, message, release: made }: ReleaseOutcome): string {
  const id = made === undefined || outcome === 'already-there' ? '' : ` (${made.id})`;
  return `${environment}: ${message}${id}`;
}
