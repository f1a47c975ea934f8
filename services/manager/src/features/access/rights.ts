import { actorName, AppError, compact, type Actor, type Person } from '@release-manager/domain';
import { matchesGlob } from '@release-manager/policies';

import type { Principal } from '../../http/index.ts';
import { nothingSaid, type AccessInForce } from './access-in-force.ts';
import { judgeByFile, judgeUnmapped, notForPeople, placeless } from './judge-by-file.ts';
import {
  allow,
  deny,
  sourceWords,
  targetWords,
  type Act,
  type Denied,
  type Judgement,
  type RuleSource,
  type Verb,
} from './judgement.ts';
import { rightLine } from './right-words.ts';

/** What the judge knows beside the act: the installation's own configuration. */
export interface RightsWorld {
  /** True also for an environment that is not known: nobody slips through a name that does not exist yet. */
  environmentProtected(environment: string): boolean;
  /** Where it is declared. */
  environmentSource?(environment: string): RuleSource | undefined;
  /** What the files of the config repo say of people and rights, as of now; nothing when absent. */
  access?(): AccessInForce;
}

/** The judge of one installation, as features are given it. */
export interface Rights {
  judge(principal: Principal, act: Act): Judgement;
  /** @throws AppError forbidden `access.forbidden`, naming the rule, the file and line it comes from, and the way out */
  assertMay(principal: Principal, act: Act): void;
}

export function createRights(world: RightsWorld): Rights {
  return {
    judge: (principal, act) => judge(principal, act, world),
    assertMay: (principal, act) => assertMay(principal, act, world),
  };
}

/** Verbs that a person has by default where an environment is not protected (DESIGN 3.4). */
const everyday: ReadonlySet<Verb> = new Set(['release', 'rollback', 'hold']);

/**
 * Whether somebody may do something. This is the one place that says so, for API, CLI, console and chat alike; the policies
 * are asked afterwards and speak of the release, not of who asks. Pure, but for asking the world what counts now.
 */
export function judge(principal: Principal, act: Act, world: RightsWorld): Judgement {
  const access = world.access?.() ?? nothingSaid;
  const judgement = judgeActor(principal, act, { ...world, access });
  return access.notices.length === 0 ? judgement : { ...judgement, notices: access.notices };
}

/** @throws AppError forbidden `access.forbidden`, naming the rule, the file and line it comes from, and the way out */
export function assertMay(principal: Principal, act: Act, world: RightsWorld): void {
  const judgement = judge(principal, act, world);
  if (!judgement.allowed) throw refusal(judgement, act, principal.actor);
}

function refusal({ rule, source, explanation, next, notices }: Denied, { verb }: Act, actor: Actor): AppError {
  const where = source === undefined ? '' : ` (${sourceWords(source)})`;
  const words = [`${explanation}.`, `Rule: ${rule}${where}.`, ...(notices ?? [])];
  return new AppError('forbidden', 'access.forbidden', words.join(' '), {
    next,
    details: compact({ rule, source, verb, actor: actorName(actor), notices }),
  });
}

interface World extends Omit<RightsWorld, 'access'> {
  readonly access: AccessInForce;
}

function judgeActor(principal: Principal, act: Act, world: World): Judgement {
  const { actor } = principal;
  switch (actor.kind) {
    case 'admin':
      return judgeAdmin(actor.person, act, world);
    case 'person':
      return judgePerson(actor.person, act, world);
    case 'ci':
      return judgeCi(principal, act);
    case 'daemon':
      return judgeDaemon(actor, act);
    case 'automation':
      return act.verb === 'release' || act.verb === 'read'
        ? allow(`automation releases by its policy (${actor.policy})`)
        : deny({
            rule: 'automation only releases',
            explanation: `${actor.policy} may not ${act.verb}`,
            next: 'a person has to do this',
          });
    case 'manager':
      return act.verb === 'read' || act.verb === 'upload'
        ? allow('the manager takes in what was uploaded')
        : deny({
            rule: 'the manager decides nothing',
            explanation: `The manager itself may not ${act.verb}`,
            next: 'a person has to do this',
          });
  }
}

/** The token of an administrator who is a person ends with the person: whoever leaves people.yaml keeps no back door. */
function judgeAdmin(person: Person | undefined, act: Act, { access }: World): Judgement {
  if (act.verb === 'read') return allow('everybody with a token may read');
  const unmapped = person === undefined ? undefined : judgeUnmapped(person, act, access);
  return unmapped ?? allow('administrators may do everything');
}

function judgePerson(person: Person, act: Act, world: World): Judgement {
  if (act.verb === 'read') return allow('everybody with a token may read');
  const unmapped = judgeUnmapped(person, act, world.access);
  if (unmapped !== undefined) return unmapped;
  if (act.verb === 'own-tokens') return allow('people make and revoke their own tokens');
  const { rights } = world.access;
  return rights === undefined
    ? judgeByDefault(person, act, world)
    : judgeByFile(person, act, { ...world.access, rights });
}

/** DESIGN 3.4, where `release-manager.yaml` has no `rights`. */
function judgeByDefault(person: Person, act: Act, world: World): Judgement {
  const explanation = `${person.id} may not ${act.verb}${targetWords(act)}`;
  const add = `or have them write rights into release-manager.yaml, which then take the place of the default: ${rightLine(person.id, act)}`;
  if (!everyday.has(act.verb)) {
    return deny({
      rule: 'people release, roll back and hold in unprotected environments; everything else is for administrators',
      explanation,
      next: notForPeople[act.verb] ?? `ask an administrator, ${add}`,
    });
  }
  const { environment } = act;
  if (environment === undefined) return placeless(act);
  const source = world.environmentSource?.(environment);
  if (world.environmentProtected(environment)) {
    return deny({
      rule: `${environment} is protected: only administrators may ${act.verb} there`,
      source,
      explanation,
      next: `ask an administrator, ${add}`,
    });
  }
  return allow(`people may ${act.verb} in environments that are not protected`, source);
}

function judgeCi({ actor, token }: Principal, act: Act): Judgement {
  if (act.verb === 'read') return allow('everybody with a token may read');
  const name = actorName(actor);
  if (act.verb !== 'upload') {
    return deny({
      rule: 'a ci token may upload and read, nothing more',
      explanation: `${name} may not ${act.verb}${targetWords(act)}`,
      next: 'let a policy release it (auto-release), or use the token of a person',
    });
  }
  // Both patterns have to match, and a token without any matches nothing: CI speaks for its own service and branch only.
  const covers = (patterns: readonly string[] | undefined, text: string | undefined): boolean =>
    text !== undefined && (patterns ?? []).some((pattern) => matchesGlob(pattern, text));
  if (covers(token?.services, act.service) && covers(token?.branches, act.branch)) {
    return allow('a ci token may upload for its services and branches');
  }
  return deny({
    rule: `this ci token counts for services ${list(token?.services)} and branches ${list(token?.branches)}`,
    explanation: `${name} may not upload for service ${quoted(act.service)} and branch ${quoted(act.branch)}`,
    next: 'use the ci token of that service, or ask an administrator for one: release-cli token create ci',
  });
}

function judgeDaemon(actor: Extract<Actor, { kind: 'daemon' }>, act: Act): Judgement {
  const { environment, cluster } = actor;
  if (act.verb === 'read' && act.environment === environment) return allow('a daemon reads its own environment');
  if (act.verb === 'report' && act.environment === environment && act.cluster === cluster)
    return allow('a daemon reports its own cluster');
  return deny({
    rule: 'a daemon reports what its own cluster does, nothing more',
    explanation: `${actorName(actor)} may not ${act.verb}${targetWords(act)}`,
    next: 'use the token of a person',
  });
}

function list(patterns: readonly string[] | undefined): string {
  return patterns === undefined || patterns.length === 0 ? '(none)' : patterns.map(quoted).join(', ');
}

function quoted(text: string | undefined): string {
  return text === undefined ? '(not said)' : JSON.stringify(text.slice(0, 100));
}
