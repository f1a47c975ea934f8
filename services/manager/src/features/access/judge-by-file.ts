import type { LocatedRight } from '@release-manager/config-repo';
import { compact, type Person } from '@release-manager/domain';
import { matchesGlob } from '@release-manager/policies';

import type { AccessInForce } from './access-in-force.ts';
import type { RightsList } from './access-state.ts';
import {
  allow,
  deny,
  environmentVerbs,
  targetWords,
  type Act,
  type Judgement,
  type RuleSource,
  type Verb,
} from './judgement.ts';
import { personLine, rightLine, rightWords } from './right-words.ts';

const file = 'release-manager.yaml';

/** The way out where no line could give it to a person: whoever uploads speaks for a branch, whoever reports for a cluster. */
export const notForPeople: Readonly<Partial<Record<Verb, string>>> = {
  upload: 'upload from CI with a ci token, or ask an administrator',
  report: 'let the daemon of the cluster report it, with its own token',
};

/** In the order in which a near miss is explained. */
const scopes = ['environment', 'service', 'owner'] as const;
type Scope = (typeof scopes)[number];
type Miss = 'verb' | Scope;

/**
 * What `people.yaml` has against a person whom it does not name while it names others; undefined where it has nothing. Pure.
 */
export function judgeUnmapped(person: Person, act: Act, access: AccessInForce): Judgement | undefined {
  if (!access.mapped || access.people.has(person.id)) return undefined;
  return deny({
    rule: 'whom people.yaml does not name may only read',
    source: access.peopleSource,
    explanation: `${person.id} may not ${act.verb}${targetWords(act)}: people.yaml names nobody with this id`,
    next: `have somebody add this line to people.yaml, below people: ${personLine(person)}`,
  });
}

/**
 * What the rights of the file say of an act of a person who is no unmapped one. The entries only ever give, so the first one
 * that covers the act allows it; an act that says less than an entry asks for is not covered. Pure.
 */
export function judgeByFile(
  person: Person,
  act: Act,
  access: AccessInForce & { readonly rights: RightsList },
): Judgement {
  if (act.environment === undefined && environmentVerbs.has(act.verb)) return placeless(act);
  const names = namesOf(person.id, access);
  const concerning = access.rights.entries.filter(({ who }) => who.some((name) => names.has(name)));
  const found = concerning.find((right) => missesOf(right, act).length === 0);
  if (found !== undefined) return allow(rightWords(found), sourceOf(found, access));
  const explanation = `${person.id} may not ${act.verb}${targetWords(act)}`;
  const next = wayOut(person.id, act);
  const nearest = concerning.toSorted((a, b) => farness(missesOf(a, act)) - farness(missesOf(b, act)))[0];
  if (nearest === undefined) {
    return deny({
      rule: `no right of ${file} speaks of ${[...names].join(', ')}`,
      source: sourceOf(access.rights, access),
      explanation,
      next,
    });
  }
  const misses = missesOf(nearest, act);
  return deny({
    rule: `the nearest right says that ${rightWords(nearest)}`,
    source: sourceOf(nearest, access),
    explanation: `${explanation}: the right of line ${nearest.line} ${misses.map((miss) => missWords(miss, act)).join(' and ')}`,
    next,
  });
}

/** An act for an environment that does not say for which. */
export function placeless({ verb }: Act): Judgement {
  return deny({
    rule: 'a right counts for an environment',
    explanation: `It is not said where to ${verb}`,
    next: 'name the environment',
  });
}

function wayOut(personId: string, act: Act): string {
  return notForPeople[act.verb] ?? `have somebody add this line to ${file}, below rights: ${rightLine(personId, act)}`;
}

/** Everything that an entry can call this person. A team that nobody declares has no members. */
function namesOf(personId: string, { people, teams }: AccessInForce): ReadonlySet<string> {
  const memberships = people.get(personId)?.teams.filter((team) => teams.has(team)) ?? [];
  return new Set([personId, ...memberships.map((team) => `team:${team}`), '*']);
}

/** What keeps the entry from covering the act; empty when it does. `admin` is every verb, within the scope of its entry. */
function missesOf(right: LocatedRight, act: Act): readonly Miss[] {
  const isGiven = right.verbs.some((verb) => verb === act.verb || verb === 'admin');
  const patterns = { environment: right.environments, service: right.services, owner: right.owners };
  return [...(isGiven ? [] : ['verb' as const]), ...scopes.filter((scope) => !covers(patterns[scope], act[scope]))];
}

/** Fewer misses are nearer; of as many, the one that speaks of the verb and the place is what somebody meant to count here. */
function farness(misses: readonly Miss[]): number {
  const order: readonly Miss[] = ['owner', 'service', 'environment', 'verb'];
  return misses.length * order.length + Math.max(0, ...misses.map((miss) => order.indexOf(miss)));
}

function covers(patterns: readonly string[] | undefined, name: string | undefined): boolean {
  if (patterns === undefined) return true;
  return name !== undefined && patterns.some((pattern) => matchesGlob(pattern, name));
}

function missWords(miss: Miss, act: Act): string {
  if (miss === 'verb') return `does not give ${act.verb}`;
  const name = act[miss];
  if (name !== undefined) return `does not speak of the ${miss} ${name}`;
  return miss === 'owner' ? 'counts for services of its owners only' : `counts for some ${miss}s only`;
}

function sourceOf({ line }: { readonly line: number }, { rightsCommit }: AccessInForce): RuleSource {
  return compact({ file, line, commit: rightsCommit });
}
