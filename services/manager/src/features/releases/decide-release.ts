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
  readonly now: Date;
}

/**
 * The one decision on a release: what the artifact holds, what is broken in the config repo, what the policies say. It is
 * made at the request and again by the writer on the tip that it builds on; the later one counts.
 */
export function decideRelease(input: DecisionInput): Decision {
  const { snapshot, service, environment, artifact } = input;
  const opinions: RuleOpinion[] = [
    ...blockingProblems(snapshot, input).map(brokenFile),
    ...(findEnvironment(snapshot, environment) === undefined ? [unknownEnvironment(snapshot, environment)] : []),
    ...(artifact === undefined ? [] : artifactOpinions(artifact, environment)),
    ...(input.stops ?? []),
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
        now: input.now,
      }),
    ),
  ];
  return decide([...opinions, ...sourceOpinions(input)], snapshot.commit);
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
