import { matchesGlob } from '@release-manager/policies';

import type { Environment } from './environment.ts';
import {
  isSlackChannel,
  quietEvents,
  usualEvents,
  type LocatedNotification,
  type NotificationEvent,
} from './notifications.ts';
import type { TeamEntry } from './people.ts';

/** What decides where news go. */
export interface RoutingWorld {
  readonly notifications: readonly LocatedNotification[];
  /** Teams that count now, by their id. */
  readonly teams: ReadonlyMap<string, TeamEntry>;
  /** In the order of promotion. */
  readonly environments: readonly Pick<Environment, 'name' | 'protected'>[];
}

export interface RoutedSubject {
  readonly service: string;
  readonly environment: string;
  /** The team that the service is bound to. */
  readonly owner?: string | undefined;
}

/** Where the news of a service in an environment go. */
export interface Route {
  /** The Slack channel; absent: nobody is told. */
  readonly channel?: string;
  /** What makes a message appear there. */
  readonly on: ReadonlySet<NotificationEvent>;
  /** Why, with the place in the files: for people who ask why a channel is silent. */
  readonly says: string;
}

/**
 * The first entry of `notifications` that covers the subject; where none does, the channel of the owner's team, which hears
 * only of failures while the environment is the first of several and not protected (dev). Nothing configured, nobody told. Pure.
 */
export function routeOf(world: RoutingWorld, subject: RoutedSubject): Route {
  const entry = world.notifications.find((each) => isAbout(each, subject));
  if (entry === undefined) {
    const on = isFirstOfSeveral(world.environments, subject.environment) ? quietEvents : usualEvents;
    return toTeam(world, subject, { on, why: 'no entry of notifications covers it' });
  }
  const on = entry.on ?? (entry.quiet === true ? quietEvents : usualEvents);
  const why = `release-manager.yaml:${entry.line}`;
  if (on.length === 0) return { on: new Set(), says: `${why} wants no messages` };
  if (entry.slack === undefined) return toTeam(world, subject, { on, why });
  return { channel: entry.slack, on: new Set(on), says: why };
}

function isAbout(entry: LocatedNotification, { service, environment, owner }: RoutedSubject): boolean {
  return covers(entry.services, service) && covers(entry.environments, environment) && covers(entry.owners, owner);
}

function covers(patterns: readonly string[] | undefined, name: string | undefined): boolean {
  if (patterns === undefined) return true;
  return name !== undefined && patterns.some((pattern) => matchesGlob(pattern, name));
}

function isFirstOfSeveral(environments: RoutingWorld['environments'], name: string): boolean {
  const [first, second] = environments;
  return second !== undefined && first?.name === name && !first.protected;
}

function toTeam(
  { teams }: RoutingWorld,
  { owner, service }: RoutedSubject,
  { on, why }: { readonly on: readonly NotificationEvent[]; readonly why: string },
): Route {
  if (owner === undefined) return silent(`${why}, and ${service} has no owner`);
  const team = teams.get(owner);
  if (team === undefined) return silent(`${why}, and people.yaml names no team ${owner}`);
  if (team.slack === undefined) return silent(`${why}, and the team ${owner} of people.yaml has no slack channel`);
  if (!isSlackChannel(team.slack)) {
    return silent(`${why}, and the slack of the team ${owner} in people.yaml is no id of a channel, such as C0123ABCD`);
  }
  return { channel: team.slack, on: new Set(on), says: `${why}, so it is the channel of the team ${owner}` };
}

function silent(says: string): Route {
  return { on: new Set(), says };
}
