/**
 * What somebody can do. promote, undeploy, retry and restore are `release`; quarantine is `rollback`; `own-tokens` concerns
 * nobody but oneself; `report` is a daemon's; `admin` is whatever else an installation has: tokens for others, services, people.
 */
export const verbs = [
  'read',
  'own-tokens',
  'upload',
  'report',
  'release',
  'rollback',
  'hold',
  'policy',
  'approve',
  'break-glass',
  'admin',
] as const;
export type Verb = (typeof verbs)[number];

/** What somebody wants to do, and to what. An act that names too little is refused, never guessed at. */
export interface Act {
  readonly verb: Verb;
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  /** The team that owns the service, as the database knows it; never what a request says. */
  readonly owner?: string | undefined;
  /** Exact branch name. */
  readonly branch?: string | undefined;
  /** Of the environment; only daemons speak for one. */
  readonly cluster?: string | undefined;
}

/** Where a rule stands. */
export interface RuleSource {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Only where it is not the current version of the file that counts. */
  readonly commit?: string;
}

/** What of an answer does not depend on whether it is yes. */
interface Grounds {
  /** The rule in words. */
  readonly rule: string;
  /** Absent where the rule stands in no file. */
  readonly source?: RuleSource | undefined;
  /** What people should know of the files that were asked: that one is broken, and what counts instead. */
  readonly notices?: readonly string[] | undefined;
}

export type Allowed = Grounds & { readonly allowed: true };
/** `explanation` says what is not allowed, `next` the way out. */
export type Denied = Grounds & { readonly allowed: false; readonly explanation: string; readonly next: string };
export type Judgement = Allowed | Denied;

export function allow(rule: string, source?: RuleSource): Allowed {
  return { allowed: true, rule, ...(source === undefined ? {} : { source }) };
}

export function deny(denial: Omit<Denied, 'allowed'>): Denied {
  return { allowed: false, ...denial };
}

/** Verbs that count for one environment at a time. */
export const environmentVerbs: ReadonlySet<Verb> = new Set(['release', 'rollback', 'hold', 'approve', 'break-glass']);

/** ` web in prod`, as much of it as is known. */
export function targetWords({ service, environment }: Pick<Act, 'service' | 'environment'>): string {
  return `${service === undefined ? '' : ` ${service}`}${environment === undefined ? '' : ` in ${environment}`}`;
}

/** `release-manager.yaml:12`, and of which commit where that is an older one. */
export function sourceWords({ file, line, commit }: RuleSource): string {
  return `${file}:${line}${commit === undefined ? '' : ` at ${commit.slice(0, 10)}`}`;
}
