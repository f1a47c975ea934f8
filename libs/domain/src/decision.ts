/** What one rule says of one release. */
export type RuleVerdict = 'allows' | 'denies' | 'waits' | 'not-concerned';

/** A rule that spoke: which, what it said, in words, and where it stands. */
export interface RuleOpinion {
  readonly rule: string;
  readonly verdict: RuleVerdict;
  readonly explanation: string;
  /** File and line of the config repo, where the rule comes from one. */
  readonly source?: { readonly file: string; readonly line: number };
  /** The way out, when the verdict is `denies` or `waits`. */
  readonly next?: string;
}

/** The full answer of the policy engine; stored with the release. */
export interface Decision {
  readonly verdict: 'allowed' | 'denied' | 'waiting';
  readonly opinions: readonly RuleOpinion[];
  /** The commit of the config repo whose files were asked. */
  readonly commit?: string;
}

/** One denial denies, otherwise one wait waits; silence allows. */
export function decide(opinions: readonly RuleOpinion[], commit?: string): Decision {
  const says = (verdict: RuleVerdict): boolean => opinions.some((opinion) => opinion.verdict === verdict);
  const verdict = says('denies') ? 'denied' : says('waits') ? 'waiting' : 'allowed';
  return { verdict, opinions, ...(commit === undefined ? {} : { commit }) };
}

/** The sentence a person reads first: the denials, else the waits, else what allowed it. */
export function summarize(decision: Decision): string {
  const wanted = { denied: 'denies', waiting: 'waits', allowed: 'allows' }[decision.verdict];
  const said = decision.opinions.filter((opinion) => opinion.verdict === wanted).map((opinion) => opinion.explanation);
  return said.length > 0 ? said.join('; ') : 'no rule speaks against it';
}
