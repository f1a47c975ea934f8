import type { LogRequestView } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';

import type { Api, ApiInput } from '../../core/api.ts';
import type { Context } from '../../core/context.ts';
import { exitCodes, type ExitCode } from '../../core/exit-code.ts';
import { isAborted } from '../../core/is-aborted.ts';
import type { World } from '../../core/world.ts';
import { answerLines, sayAnswer } from './fresh-log-words.ts';

/** Milliseconds between two looks: a daemon answers in a few of them. */
const looks = [100, 150, 250, 500, 1000];
/** After so long somebody is told who is waited for. */
const patience = 2_000;
/** The manager says itself when the time is over; this is for one that does not. */
const grace = 15_000;

/** Asks the daemons, waits for their answers and shows them: logs on stdout, words on stderr. */
export async function showFreshLogs(context: Context, asked: ApiInput<'requestLogs'>): Promise<ExitCode> {
  const api = await context.api();
  const request = await answered(context, api, await api.call('requestLogs', asked));
  sayAnswer(context.output, request);
  await context.output.show({ value: request, table: answerLines(request) });
  switch (request.state) {
    case 'answered':
      return exitCodes.done.code;
    case 'expired':
    case 'pending':
      return exitCodes.timeout.code;
    case 'failed':
    case 'nobody':
      return exitCodes.error.code;
  }
}

/** Looks until everybody has answered, or the time of the request is over. */
async function answered({ world, output }: Context, api: Api, first: LogRequestView): Promise<LogRequestView> {
  const began = world.now().getTime();
  const most = Date.parse(first.expiresAt) - Date.parse(first.askedAt) + grace;
  let request = first;
  let isTold = false;
  for (let round = 0; request.state === 'pending' && world.now().getTime() - began < most; round += 1) {
    await world.sleep(looks[Math.min(round, looks.length - 1)] ?? 1000, world.signal);
    world.signal.throwIfAborted();
    request = await look(world, api, request);
    if (isTold || request.state !== 'pending' || world.now().getTime() - began < patience) continue;
    isTold = true;
    output.say(`waits for ${awaited(request)}`);
  }
  return request;
}

/** A look that fails because the manager restarts is no reason to stop; one that it refuses is. */
async function look(world: Pick<World, 'signal'>, api: Api, before: LogRequestView): Promise<LogRequestView> {
  try {
    return await api.call('showLogs', { id: before.id });
  } catch (error) {
    const passing = error instanceof AppError && (error.kind === 'unavailable' || error.kind === 'limited');
    if (passing && !isAborted(world.signal)) return before;
    throw error;
  }
}

function awaited({ containers }: LogRequestView): string {
  const clusters = containers.flatMap(({ state, cluster }) => (state === 'pending' ? [cluster] : []));
  return [...new Set(clusters)].map((cluster) => `the daemon of ${cluster}`).join(' and ');
}
