import {
  blockingProblems,
  findEnvironment,
  policiesFor,
  type ConfigSnapshot,
  type FileProblem,
} from '@release-manager/config-repo';
import { compact, decide, type Decision, type ReleaseIntent, type RuleOpinion } from '@release-manager/domain';
import { evaluatePolicies } from '@release-manager/policies';

import type { Artifact } from '../artifacts/index.ts';
import { environmentList } from '../config-repo/index.ts';
import { sourceOpinions } from './source-opinion.ts';
import { suspendedOpinions, type SuspendedChild } from './suspended-children.ts';

export interface DecisionInput {
  readonly snapshot: ConfigSnapshot;
  readonly service: string;
  readonly environment: string;
  /** Absent: an undeploy. */
  readonly artifact?: Artifact | undefined;
  readonly intent: ReleaseIntent;
  readonly automatic: boolean;
  /** What is set against it beside the policies: a hold, a quarantine, a lost database. */
  readonly stops?: readonly RuleOpinion[] | undefined;
  /** Of an undeploy: what Flux would not take away, since it is suspended. */
  readonly suspended?: readonly SuspendedChild[] | undefined;
  /** The artifact was committed there before; a way back is to be open then, whatever the rules say today. */
  readonly onceCommittedThere?: boolean | undefined;
  readonly now: Date;
}

/**
 * The one decision on a release: what the artifact holds, what is broken in the config repo, what the policies say. It is
 * made at the request and again by the writer on the tip that it builds on; the later one counts.
 */
export function decideRelease(input: DecisionInput): Decision {
  const { snapshot, service, environment, artifact } = input;
  const opinions: RuleOpinion[] = [
    ...problemsThatCount(input).map(brokenFile),
    ...(findEnvironment(snapshot, environment) === undefined ? [unknownEnvironment(snapshot, environment)] : []),
    ...(artifact === undefined ? [] : artifactOpinions(artifact, environment)),
    ...(input.stops ?? []),
    ...suspendedOpinions(snapshot, environment, input.suspended ?? []),
    ...(input.intent === 'rollback' && input.onceCommittedThere !== true ? [neverThere(input)] : []),
    ...evaluatePolicies(
      policiesFor(snapshot, service).policies,
      compact({
        service,
        environment,
        branch: artifact?.branch,
        branchProven: artifact?.proven ?? true,
        artifactId: artifact?.id,
        intent: input.intent,
        automatic: input.automatic,
        onceCommittedThere: input.onceCommittedThere,
        now: input.now,
      }),
    ),
  ];
  return decide([...opinions, ...sourceOpinions(input)], snapshot.commit);
}

/** A way back is asked for no rule, so that a rule cannot be read is no reason against it while its environment is known. */
function problemsThatCount(input: DecisionInput): readonly FileProblem[] {
  const goesBack = input.intent === 'rollback' && input.onceCommittedThere === true;
  const isKnown = findEnvironment(input.snapshot, input.environment) !== undefined;
  return goesBack && isKnown ? [] : blockingProblems(input.snapshot, input);
}

function neverThere({ service, environment, artifact }: DecisionInput): RuleOpinion {
  const what = artifact?.id ?? 'it';
  return {
    rule: 'way-back',
    verdict: 'denies',
    explanation: `a rollback goes back to what was in ${environment} before, and ${what} never was`,
    next: `release it with \`release-cli release --artifact ${artifact?.id ?? '<id>'} ${environment} --service ${service}\``,
  };
}

/** What a broken file says is not known, so nothing that it speaks of goes out until it is mended. */
function brokenFile(problem: FileProblem): RuleOpinion {
  const { file, line, message } = problem;
  return {
    rule: 'config-file',
    verdict: 'denies',
    explanation: `${file}:${line} is broken, so nobody knows what is allowed: ${message}`,
    source: { file, line },
    next: problem.next ?? `mend ${file} in the config repo`,
  };
}

function unknownEnvironment(snapshot: ConfigSnapshot, environment: string): RuleOpinion {
  return {
    rule: 'environment',
    verdict: 'denies',
    explanation: `there is no environment ${environment}; ${environmentList(snapshot)}`,
    next: 'name one of these, or add it to release-manager.yaml in the config repo',
  };
}

function artifactOpinions(artifact: Artifact, environment: string): RuleOpinion[] {
  const verdict = artifact.environments[environment];
  if (verdict === undefined) {
    const held = Object.keys(artifact.environments);
    return [
      {
        rule: 'artifact',
        verdict: 'denies',
        explanation: `not in this artifact: ${artifact.id} has no folder for ${environment}, only ${held.join(', ')}`,
        next: `render the manifests for ${environment} in CI and push again`,
      },
    ];
  }
  if (verdict.state === 'ready') return [];
  const first = verdict.problems[0];
  return [
    {
      rule: 'artifact',
      verdict: 'denies',
      explanation: `the manifests of ${artifact.id} for ${environment} were rejected${first === undefined ? '' : `: ${first.file}:${first.line} ${first.message}`}`,
      next: `see all of them with \`release-cli artifact show ${artifact.id}\`, mend them and push again`,
    },
  ];
}
