import type { ArtifactView, ManifestProblemView } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';

import type { Api } from '../../core/api.ts';
import type { Output } from '../../core/output.ts';
import { styled } from '../../core/piece.ts';
import type { World } from '../../core/world.ts';

/** Seconds that the manager holds one question open. */
const longestWait = 25;

/** Waits until the artifact is verified; `undefined` when the time is over before. */
export async function awaitVerdict(
  world: Pick<World, 'now' | 'signal' | 'sleep'>,
  api: Api,
  first: ArtifactView,
  timeoutSeconds: number,
): Promise<ArtifactView | undefined> {
  const end = world.now().getTime() + timeoutSeconds * 1000;
  let view = first;
  while (view.state !== 'ready' && view.state !== 'rejected') {
    const left = Math.floor((end - world.now().getTime()) / 1000);
    if (left <= 0) return undefined;
    const asked = world.now().getTime();
    view = await api.call('showArtifact', { id: view.id, wait: Math.min(longestWait, left) });
    // A manager that answers at once with no verdict must not be asked a thousand times a second.
    const isPending = view.state === 'pending' || view.state === 'uploaded';
    if (isPending && world.now().getTime() - asked < 1000) await world.sleep(1000, world.signal);
    if (world.signal.aborted) throw new AppError('unavailable', 'cli.interrupted', 'Interrupted.');
  }
  return view;
}

/** Everything that the check found, as compilers say it: `file:line rule message`. */
export function sayFindings(output: Output, view: ArtifactView): void {
  for (const problem of view.problems) say(output, 'error', problem);
  for (const [environment, verdict] of Object.entries(view.environments)) {
    for (const warning of verdict.warnings) say(output, 'warning', warning, environment);
    for (const problem of verdict.problems) say(output, 'error', problem, environment);
  }
}

/** Said where GitHub has answered, and did not say that the commit is on the branch; nothing while it is only being asked. */
export function doubtOf({
  source,
}: ArtifactView): { readonly message: string; readonly next: string | undefined } | undefined {
  if (source?.answer === undefined || source.state === 'proven') return undefined;
  return { message: `It counts in no protected environment yet: ${source.says}.`, next: source.next };
}

/** True when nothing of it was rejected. */
export function isReady(view: ArtifactView): boolean {
  return view.state === 'ready' && Object.values(view.environments).every((verdict) => verdict.state === 'ready');
}

function say(output: Output, level: 'error' | 'warning', problem: ManifestProblemView, environment?: string): void {
  const inFolder = environment === undefined || problem.file.startsWith(`${environment}/`);
  const file = inFolder ? problem.file : `${environment}/${problem.file}`;
  output.say(
    styled('bold', `${file}:${problem.line}`),
    ' ',
    styled(level === 'error' ? 'red' : 'yellow', level),
    ' ',
    problem.rule,
    ' ',
    problem.message,
  );
  if (problem.next !== undefined) output.say('  ', problem.next);
}
