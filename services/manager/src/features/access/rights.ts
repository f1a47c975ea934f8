import { actorName, AppError, type Actor, type Person } from '@release-manager/domain';
import { matchesGlob } from '@release-manager/policies';

import type { Principal } from '../../http/index.ts';

/**
 * promote, undeploy, retry and restore are `release`; quarantine is `rollback`; `admin` is whatever else an installation
 * has: tokens for others, services, people.
 */
export const verbs = [
  'read',
  'upload',
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
  /** The team that owns the service. */
  readonly owner?: string | undefined;
  /** Exact branch name. */
  readonly branch?: string | undefined;
}

export type Judgement =
  | { readonly allowed: true; readonly rule: string }
  | { readonly allowed: false; readonly rule: string; readonly explanation: string; readonly next: string };

/** What the judge knows beside the act: the installation's own configuration. */
export interface RightsWorld {
  /** True also for an environment that is not known: nobody slips through a name that does not exist yet. */
  environmentProtected(environment: string): boolean;
  /** The `rights` of `release-manager.yaml`, where the file has them; they take the place of the default for people. */
  readonly rights?: (person: Person, act: Act) => Judgement;
}

/** The judge of one installation, as features are given it. */
export interface Rights {
  judge(principal: Principal, act: Act): Judgement;
  /** @throws AppError forbidden `access.forbidden`, naming the rule and the way out */
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
 * are asked afterwards and speak of the release, not of who asks. Pure.
 */
export function judge(principal: Principal, act: Act, world: RightsWorld): Judgement {
  const { actor } = principal;
  switch (actor.kind) {
    case 'admin':
      return allow('administrators may do everything');
    case 'person':
      return judgePerson(actor.person, act, world);
    case 'ci':
      return judgeCi(principal, act);
    case 'daemon':
      return judgeDaemon(actor, act);
    case 'automation':
      return act.verb === 'release' || act.verb === 'read'
        ? allow(`automation releases by its policy (${actor.policy})`)
        : deny('automation only releases', `${actor.policy} may not ${act.verb}`, 'a person has to do this');
    case 'manager':
      return act.verb === 'read' || act.verb === 'upload'
        ? allow('the manager takes in what was uploaded')
        : deny('the manager decides nothing', `The manager itself may not ${act.verb}`, 'a person has to do this');
  }
}

/** @throws AppError forbidden `access.forbidden`, naming the rule and the way out */
export function assertMay(principal: Principal, act: Act, world: RightsWorld): void {
  const judgement = judge(principal, act, world);
  if (judgement.allowed) return;
  throw new AppError('forbidden', 'access.forbidden', `${judgement.explanation}. Rule: ${judgement.rule}.`, {
    next: judgement.next,
    details: { rule: judgement.rule, verb: act.verb, actor: actorName(principal.actor) },
  });
}

function judgePerson(person: Person, act: Act, world: RightsWorld): Judgement {
  if (act.verb === 'read') return allow('everybody with a token may read');
  if (world.rights !== undefined) return world.rights(person, act);
  if (!everyday.has(act.verb)) {
    return deny(
      'people release, roll back and hold in unprotected environments; everything else is for administrators',
      `${person.id} may not ${act.verb}${where(act)}`,
      act.verb === 'upload'
        ? 'upload from CI with a ci token, or ask an administrator'
        : 'ask an administrator, or have them add a right to release-manager.yaml',
    );
  }
  if (act.environment === undefined) {
    return deny('a right counts for an environment', `It is not said where to ${act.verb}`, 'name the environment');
  }
  if (world.environmentProtected(act.environment)) {
    return deny(
      `${act.environment} is protected: only administrators may ${act.verb} there`,
      `${person.id} may not ${act.verb}${where(act)}`,
      `ask an administrator, or have them add a right for ${act.environment} to release-manager.yaml`,
    );
  }
  return allow(`people may ${act.verb} in environments that are not protected`);
}

function judgeCi({ actor, token }: Principal, act: Act): Judgement {
  if (act.verb === 'read') return allow('everybody with a token may read');
  const name = actorName(actor);
  if (act.verb !== 'upload') {
    return deny(
      'a ci token may upload and read, nothing more',
      `${name} may not ${act.verb}${where(act)}`,
      'let a policy release it (auto-release), or use the token of a person',
    );
  }
  // Both patterns have to match, and a token without any matches nothing: CI speaks for its own service and branch only.
  const covers = (patterns: readonly string[] | undefined, text: string | undefined): boolean =>
    text !== undefined && (patterns ?? []).some((pattern) => matchesGlob(pattern, text));
  if (covers(token?.services, act.service) && covers(token?.branches, act.branch)) {
    return allow('a ci token may upload for its services and branches');
  }
  return deny(
    `this ci token counts for services ${list(token?.services)} and branches ${list(token?.branches)}`,
    `${name} may not upload for service ${quoted(act.service)} and branch ${quoted(act.branch)}`,
    'use the ci token of that service, or ask an administrator for one: release-cli token create ci',
  );
}

function judgeDaemon(actor: Extract<Actor, { kind: 'daemon' }>, act: Act): Judgement {
  if (act.verb === 'read' && act.environment === actor.environment) return allow('a daemon reads its own environment');
  return deny(
    'a daemon reports what its own cluster does, nothing more',
    `${actorName(actor)} may not ${act.verb}${where(act)}`,
    'use the token of a person',
  );
}

function allow(rule: string): Judgement {
  return { allowed: true, rule };
}

function deny(rule: string, explanation: string, next: string): Judgement {
  return { allowed: false, rule, explanation, next };
}

function where({ service, environment }: Act): string {
  const parts = [service === undefined ? '' : ` ${service}`, environment === undefined ? '' : ` in ${environment}`];
  return parts.join('');
}

function list(patterns: readonly string[] | undefined): string {
  return patterns === undefined || patterns.length === 0 ? '(none)' : patterns.map(quoted).join(', ');
}

function quoted(text: string | undefined): string {
  return text === undefined ? '(not said)' : JSON.stringify(text.slice(0, 100));
}
