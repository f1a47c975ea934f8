import type { ReleaseOutcome, ReleaseView } from '@release-manager/contract';

import type { Api } from '../../core/api.ts';
import type { Context } from '../../core/context.ts';
import { exitCodeOfRelease, exitCodes, worstExitCode, type ExitCode } from '../../core/exit-code.ts';
import { reasonLines, releaseTable } from './describe-release.ts';
import { followReleases } from './follow-releases.ts';
import { createFollowView } from './follow-view.ts';

export interface CarryOutOptions {
  readonly service: string;
  readonly wait: boolean;
  readonly timeoutSeconds: number;
  /** What a program is shown in the end, instead of the outcomes. */
  readonly shown?: ((releases: readonly ReleaseView[]) => unknown) | undefined;
}

/** How long a release is followed when nobody says otherwise. */
export const defaultFollowSeconds = 1800;

/** What comes after the manager's answer: says it, follows what was accepted to its end, and gives the exit code. */
export async function carryOut(
  context: Context,
  api: Api,
  outcomes: readonly ReleaseOutcome[],
  options: CarryOutOptions,
): Promise<ExitCode> {
  for (const outcome of outcomes) sayOutcome(context, outcome, options.wait);
  const told = outcomes.flatMap(codeOfAnswer);
  const begun = outcomes.flatMap((outcome) => (isUnderWay(outcome) && outcome.release ? [outcome.release] : []));
  if (!options.wait || begun.length === 0) {
    sayHowToComeBack(context, begun);
    await showEnd(context, { outcomes, final: begun, shown: options.shown });
    return worstExitCode(told);
  }
  const { codes, releases } = await follow(context, api, begun, options);
  await showEnd(context, { outcomes, final: releases, shown: options.shown });
  return worstExitCode([...told, ...codes]);
}

/** What was asked for before, and has not come to its end, is followed like what is asked for now. */
function isUnderWay({ outcome, release }: ReleaseOutcome): boolean {
  return outcome === 'accepted' || outcome === 'waiting' || (outcome === 'already-there' && release?.ended === false);
}

/** Without following: what was denied, and what is there already and has failed there. */
function codeOfAnswer({ outcome, release }: ReleaseOutcome): ExitCode[] {
  if (outcome === 'denied') return [exitCodes.denied.code];
  return outcome === 'already-there' && release?.state === 'failed' ? [exitCodes.failed.code] : [];
}

/** What is followed speaks for itself as it goes. */
function sayOutcome({ output }: Context, answer: ReleaseOutcome, wait: boolean): void {
  const { environment, outcome, message, release } = answer;
  const isFollowed = wait && isUnderWay(answer);
  if (isFollowed && outcome !== 'already-there') return;
  output.say(`${environment}: ${message}`);
  if (release === undefined || isFollowed) return;
  for (const line of reasonLines(release)) output.say('  ', ...line);
  if (outcome === 'already-there' && release.state === 'failed')
    output.say(`  it failed there; release a fix, or go back with \`release-cli rollback ${environment}\``);
}

async function follow(
  context: Context,
  api: Api,
  begun: readonly ReleaseView[],
  options: CarryOutOptions,
): Promise<{ codes: readonly ExitCode[]; releases: readonly ReleaseView[] }> {
  const { world, output } = context;
  const view = createFollowView(world, output);
  const { end, releases } = await followReleases(world, api, begun, {
    service: options.service,
    timeoutSeconds: options.timeoutSeconds,
    onChange: (release, before) => view.changed(release, before),
    onTick: () => view.tick(),
  });
  view.finish(releases);
  if (end === 'timeout')
    output.say(`not at its end after ${options.timeoutSeconds} s; the release goes on without you`);
  if (end === 'interrupted') output.say('detached; the release goes on without you');
  sayHowToComeBack(context, releases);
  const ended = releases.filter((release) => release.ended).map(({ state }) => exitCodeOfRelease(state));
  return { codes: end === 'ended' ? ended : [...ended, exitCodes[end].code], releases };
}

function sayHowToComeBack({ output }: Context, releases: readonly ReleaseView[]): void {
  for (const release of releases) if (!release.ended) output.say(`come back with \`release-cli follow ${release.id}\``);
}

interface End {
  readonly shown: CarryOutOptions['shown'];
  readonly outcomes: readonly ReleaseOutcome[];
  readonly final: readonly ReleaseView[];
}

async function showEnd(context: Context, { outcomes, final, shown }: End): Promise<void> {
  const last = new Map(final.map((release) => [release.id, release]));
  const whole = outcomes.map((outcome) => ({
    ...outcome,
    ...(outcome.release === undefined ? {} : { release: last.get(outcome.release.id) ?? outcome.release }),
  }));
  const releases = whole.flatMap(({ release }) => release ?? []);
  // On a terminal the lines that were painted over say the same already.
  if (context.output.format === 'table' && context.output.live && context.world.stdout.isTTY) return;
  await context.output.show({ value: shown?.(releases) ?? whole, table: releaseTable(releases) });
}
