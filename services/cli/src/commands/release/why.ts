import type { ReleaseView } from '@release-manager/contract';

import type { ApiResult } from '../../core/api.ts';
import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { styled, type Piece } from '../../core/piece.ts';
import { resolveService } from '../../source/release-yaml.ts';
import { opinionLines, reasonLines, statePiece } from './describe-release.ts';
import { driftLines, hasSeveralClusters, healthPiece, troubleLines } from './rollout-words.ts';

export const why = defineCommand({
  noun: 'why',
  summary: 'Says why the service is, or is not, what somebody expects in an environment.',
  args: { environment: { summary: 'The environment.' } },
  options: {
    service: { type: 'string', value: 'name', summary: 'The service; that of release.yaml by default.' },
    branch: { type: 'string', value: 'name', summary: 'What would be said of this branch now?' },
    artifact: { type: 'string', value: 'id', summary: 'What would be said of this artifact now?' },
  },
  shows: true,
  examples: [{ line: 'release-cli why prod', says: 'my merge is not in prod, or not healthy there: why?' }],
  async run({ args, options, context }) {
    const service = await resolveService(context, options.service);
    const answer = await (
      await context.api()
    ).call('explainEnvironment', {
      service,
      environment: args.environment,
      branch: options.branch,
      artifact: options.artifact,
    });
    await context.output.show({ value: answer, table: explain(service, answer) });
    return exitCodes.done.code;
  },
});

type Status = ApiResult<'explainEnvironment'>['status'];
type Current = Status['current'];
type Verdict = ApiResult<'explainEnvironment'>['now'][number];

function explain(
  service: string,
  { status, last, now, problems, handEdits = [] }: ApiResult<'explainEnvironment'>,
): Piece[][] {
  const { current, pending } = status;
  const where = styled('bold', `${service} in ${status.environment}`);
  const isNews = last !== undefined && last.id !== current?.release?.id;
  return [
    [where, ': ', ...therePieces(current)],
    ...troubleLines(current?.release?.rollout).map(indent),
    ...standingLines(status),
    ...(isNews ? releaseLines('last release', last) : []),
    ...pending.flatMap((release) => releaseLines('on its way', release)),
    ...now.flatMap(verdictLines),
    ...handEdits.map((said): Piece[] => [styled('yellow', 'edited'), ` ${said}`]),
    ...problems.map(({ file, line, message }): Piece[] => [styled('red', 'broken'), ` ${file}:${line} ${message}`]),
  ];
}

/** Where clusters are other than that, and what stops the next release. */
function standingLines({ current, hold, quarantines = [], drift = [] }: Status): Piece[][] {
  return [
    ...driftLines(drift, hasSeveralClusters(current?.release?.rollout)),
    ...(hold === undefined ? [] : [[styled('yellow', 'held'), ` ${hold.says}`]]),
    ...quarantines.map(({ says }): Piece[] => [styled('red', 'quarantined'), ` ${says}`]),
  ];
}

/** What is there, how it is, and what it waits for. */
function therePieces(current: Current): Piece[] {
  if (current === undefined) return ['not there'];
  const { artifact, release } = current;
  return release === undefined ? [artifact] : [`${artifact} `, healthPiece(release), ` ${release.says}`];
}

function releaseLines(what: string, release: ReleaseView): Piece[][] {
  const head = [`${what}: ${release.id} `, statePiece(release.state), ` ${release.says}`];
  return [head, ...reasonLines(release).map(indent)];
}

/** What a release of one branch would be told now. */
function verdictLines({ branch, artifact, automatic, says, decision }: Verdict): Piece[][] {
  const what = `${artifact ?? 'no artifact yet'}${automatic ? ', automatic' : ''}`;
  return [[styled('bold', branch), ` (${what}): ${says}`], ...opinionLines(decision).map(indent)];
}

function indent(line: Piece[]): Piece[] {
  return ['  ', ...line];
}
