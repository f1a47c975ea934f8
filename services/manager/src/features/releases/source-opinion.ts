import { findEnvironment, type ConfigSnapshot } from '@release-manager/config-repo';
import { compact, decide, type Decision, type ReleaseIntent, type RuleOpinion } from '@release-manager/domain';

import type { Artifact } from '../artifacts/index.ts';

/** The commit of an artifact has to be on its branch, as GitHub says, before it counts in a protected environment. */
export const sourceRule = 'sha-reachable';

export interface SourceQuestion {
  readonly snapshot: ConfigSnapshot;
  readonly environment: string;
  readonly artifact?: Pick<Artifact, 'id' | 'sourceProof'> | undefined;
  readonly intent: ReleaseIntent;
  readonly automatic: boolean;
}

/**
 * What the stored proof says of a release. Only what is stored counts: GitHub is asked when an artifact is registered, and never
 * while something is decided, so that an outage makes nothing slower and lets nothing through. Where nobody configured GitHub,
 * artifacts have no proof and the rule says nothing; it does not speak of a way back either.
 */
export function sourceOpinions(question: SourceQuestion): readonly RuleOpinion[] {
  const { snapshot, environment, artifact, automatic } = question;
  const proof = artifact?.sourceProof;
  if (artifact === undefined || proof === undefined || !isConcerned(question)) return [];
  const line = snapshot.environmentLines.get(environment);
  const source = line === undefined ? undefined : { file: 'release-manager.yaml', line };
  const said = (verdict: RuleOpinion['verdict'], words: string, next?: string): RuleOpinion[] => [
    compact({ rule: sourceRule, verdict, explanation: words, source, next }),
  ];
  if (proof.state === 'proven') return said('allows', proof.says);
  const words = `${environment} is protected and ${artifact.id} is not proven: ${proof.says}`;
  if (proof.state === 'refuted') return said('denies', words, proof.next ?? 'push the artifact again from its branch');
  return automatic
    ? said('waits', words, proof.next ?? 'nothing: it goes out by itself once GitHub has said so')
    : said(
        'denies',
        words,
        'GitHub is being asked; try again in a moment, `release-cli artifact show` says how it stands',
      );
}

function isConcerned({ snapshot, environment, intent }: SourceQuestion): boolean {
  const goesBack = intent === 'rollback' || intent === 'restore';
  return !goesBack && findEnvironment(snapshot, environment)?.protected === true;
}

/** True while nothing but time is missing: GitHub has not said yet, and may say yes. */
export function awaitsProof(
  decision: Decision | undefined,
  artifact: Pick<Artifact, 'sourceProof'> | undefined,
): boolean {
  const state = artifact?.sourceProof?.state;
  const isOpen = state === 'unasked' || state === 'waiting';
  return isOpen && decision?.opinions.some(({ rule, verdict }) => rule === sourceRule && verdict !== 'allows') === true;
}

/** Whether it was this rule that refused it. */
export function wasRefuted(decision: Decision | undefined): boolean {
  return decision?.opinions.some(({ rule, verdict }) => rule === sourceRule && verdict === 'denies') === true;
}

/** The same decision with what is known of the source now. */
export function withSource(decision: Decision | undefined, question: SourceQuestion): Decision {
  const others = (decision?.opinions ?? []).filter(({ rule }) => rule !== sourceRule);
  return decide([...others, ...sourceOpinions(question)], decision?.commit);
}
