import type { LedgerEntry, ServiceStatus } from '@release-manager/contract';

import type { Api } from '../../core/api.ts';
import type { Context } from '../../core/context.ts';
import { styled, type Piece } from '../../core/piece.ts';
import { statusView } from './status-view.ts';
import { watchChanges } from './watch-changes.ts';

/** Changes that are shown below the table, the last at the end. */
const mostSaid = 5;
/** Pods come up without an event: how often it is looked at while releases of one service, or of any, are under way. */
const lookMilliseconds = { one: 2000, all: 10_000 };
/** So that `3 min ago` does not grow old. */
const idleMilliseconds = 30_000;

export interface WatchOptions {
  readonly read: () => Promise<readonly ServiceStatus[]>;
  readonly service: string | undefined;
}

/** On a terminal the table is shown anew in place; a log gets it again below the change that caused it. */
export async function watchStatus(context: Context, api: Api, { read, service }: WatchOptions): Promise<void> {
  const { world, output } = context;
  const isLive = world.stdout.isTTY;
  let shown = await read();
  let said: readonly Piece[][] = [];
  const show = async (): Promise<void> => {
    const view = statusView(shown, world.now());
    if (isLive) output.showFromTop(view, said);
    else await output.show(view);
  };
  await show();
  const look = async (entries: readonly LedgerEntry[]): Promise<void> => {
    const lines = entries.map(changeLine);
    if (!isLive) for (const line of lines) output.say(...line);
    const before = JSON.stringify(shown);
    shown = await read();
    said = [...said, ...lines].slice(-mostSaid);
    if (!isLive && lines.length === 0 && JSON.stringify(shown) === before) return;
    await show();
  };
  const often = service === undefined ? lookMilliseconds.all : lookMilliseconds.one;
  await watchChanges(world, api, {
    service,
    changed: look,
    every: () => (shown.some(isUnderWay) ? often : idleMilliseconds),
  });
}

function changeLine({ at, service, environment, cause }: LedgerEntry): Piece[] {
  return [styled('dim', `${at} `), `${service ?? ''} ${environment ?? ''}: ${cause}`];
}

function isUnderWay({ environments }: ServiceStatus): boolean {
  return environments.some(({ current, pending }) => current?.release?.ended === false || pending.length > 0);
}
