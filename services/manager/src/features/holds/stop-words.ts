import { layout } from '@release-manager/config-repo';
import { actorName, type RuleOpinion } from '@release-manager/domain';

import type { Hold, Quarantine, StopFacts, Target } from './hold.ts';

/** The rule by which automatic releases wait for a hold; what waits is found by it when the hold ends. */
export const holdRule = 'hold';
const quarantineRule = 'quarantine';

/** Who, since when, until when and why. */
export function holdWords(hold: Hold): string {
  const until = hold.until === undefined ? '' : ` until ${minute(hold.until)}`;
  return `${hold.environment} is held${until}, ${stopWords(hold)}`;
}

export function quarantineWords(quarantine: Quarantine): string {
  return `${quarantine.artifactId} is quarantined in ${quarantine.environment}, ${stopWords(quarantine)}`;
}

/** Makes automation wait; a person is told of it and goes on. */
export function holdOpinion(hold: Hold, automatic: boolean): RuleOpinion {
  const said = { rule: holdRule, source: sourceOf(hold) };
  if (!automatic)
    return { ...said, verdict: 'allows', explanation: `${holdWords(hold)}; your release goes out, and the hold stays` };
  const { environment, service } = hold;
  return {
    ...said,
    verdict: 'waits',
    explanation: holdWords(hold),
    next: `\`release-cli resume ${environment} --service ${service}\` ends it, and says first what goes out; a person can release by hand meanwhile`,
  };
}

/** Denies whoever asks. */
export function quarantineOpinion(quarantine: Quarantine): RuleOpinion {
  return {
    rule: quarantineRule,
    verdict: 'denies',
    explanation: quarantineWords(quarantine),
    source: sourceOf(quarantine),
    next: `release another artifact, or have somebody with the right \`rollback\` in ${quarantine.environment} run \`release-cli quarantine ${quarantine.artifactId} --lift\``,
  };
}

function stopWords({ since, actor, reason }: StopFacts): string {
  return `since ${minute(since)} by ${actorName(actor)}: ${reason}`;
}

/** `2026-01-02 03:04 UTC`: people in several time zones read it. */
export function minute(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The file that says it, or will with the next push. */
function sourceOf({ environment, service }: Target): { file: string; line: number } {
  return { file: layout.state(environment, service), line: 1 };
}
