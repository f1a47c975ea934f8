import { describe, expect, it } from 'vitest';

import { routeOf, type RoutingWorld } from './notification-route.ts';
import { quietEvents, usualEvents } from './notifications.ts';
import { parseConfig } from './parse-config.ts';
import { blockingProblems, type ConfigSnapshot } from './snapshot.ts';

const environments = `environments:
  - { name: dev }
  - { name: staging }
  - { name: prod, protected: true }
`;

function parse(notifications: string, main = environments): ConfigSnapshot {
  return parseConfig('abc', new Map([['release-manager.yaml', Buffer.from(main + notifications)]]));
}

const inTeam = { slack: 'C0TEAMCHAN' };

function worldOf(snapshot: ConfigSnapshot, team: { readonly slack?: string } = inTeam): RoutingWorld {
  return { ...snapshot, teams: new Map([['checkout', { id: 'checkout', ...team }]]) };
}

const web = { service: 'web', environment: 'prod', owner: 'checkout' };

describe('notifications of release-manager.yaml', () => {
  it('are read with their lines', () => {
    const { notifications, problems } = parse(`notifications:
  - { owners: [checkout], environments: [prod], on: [failed, recovered, healthy], slack: C0123ABCD }
  # whatever is left
  - quiet: true
`);
    expect(problems).toEqual([]);
    expect(notifications).toEqual([
      {
        owners: ['checkout'],
        environments: ['prod'],
        on: ['failed', 'recovered', 'healthy'],
        slack: 'C0123ABCD',
        line: 6,
      },
      { quiet: true, line: 8 },
    ]);
  });

  it.each([
    ['the name of a channel', '{ slack: "#releases" }', 'slack: the id of a Slack channel'],
    ['the id of a person', '{ slack: U012AB3CD }', 'slack: the id of a Slack channel'],
    ['an event that does not exist', '{ on: [deployed], slack: C0123ABCD }', 'on.0: '],
    ['an unknown field', '{ channel: C0123ABCD }', 'there is no field "channel"'],
    ['quiet beside on', '{ on: [healthy], quiet: true }', 'quiet: quiet means on: [failed, crashed]'],
    ['an alternative that no glob has', '{ services: ["{a,b}"] }', 'services.0: '],
  ])('are broken by %s, entry by entry, and stop no release', (_, entry, said) => {
    const snapshot = parse(`notifications:\n  - ${entry}\n  - { slack: C0123ABCD }\n`);
    expect(snapshot.notifications).toEqual([{ slack: 'C0123ABCD', line: 7 }]);
    expect(snapshot.problems).toMatchObject([
      {
        file: 'release-manager.yaml',
        line: 6,
        message: expect.stringContaining(said) as string,
        scope: { kind: 'nothing' },
      },
    ]);
    expect(blockingProblems(snapshot, web)).toEqual([]);
  });

  it('tell of an environment that does not exist, and of a list that is none', () => {
    expect(parse('notifications:\n  - { environments: [prd], slack: C0123ABCD }\n').problems).toMatchObject([
      { line: 6, message: 'There is no environment prd; known ones: dev, staging, prod.', scope: { kind: 'nothing' } },
    ]);
    expect(parse('notifications: { slack: C0123ABCD }\n').problems).toMatchObject([
      { line: 5, scope: { kind: 'nothing' } },
    ]);
  });
});

describe('routeOf', () => {
  it('takes the first entry that covers service, owner and environment', () => {
    const world = worldOf(
      parse(`notifications:
  - { owners: [payments], slack: C0PAYMENTS }
  - { services: ["web-*"], slack: C0WEBTHING }
  - { environments: [staging], on: [failed], slack: C0STAGING1 }
  - { owners: [check*], environments: ["*"], slack: C0CHECKOUT }
  - { slack: C0EVERYONE }
`),
    );
    expect(routeOf(world, web)).toMatchObject({ channel: 'C0CHECKOUT', says: 'release-manager.yaml:9' });
    expect(routeOf(world, { ...web, environment: 'staging' })).toEqual({
      channel: 'C0STAGING1',
      on: new Set(['failed']),
      says: 'release-manager.yaml:8',
    });
    expect(routeOf(world, { ...web, service: 'web-api' })).toMatchObject({ channel: 'C0WEBTHING' });
    expect(routeOf(world, { ...web, owner: undefined })).toMatchObject({ channel: 'C0EVERYONE' });
  });

  it('falls back to the channel of the team, quiet in the first of several environments', () => {
    const world = worldOf(parse(''));
    expect(routeOf(world, web)).toMatchObject({ channel: 'C0TEAMCHAN', on: new Set(usualEvents) });
    expect(routeOf(world, { ...web, environment: 'staging' }).on).toEqual(new Set(usualEvents));
    expect(routeOf(world, { ...web, environment: 'dev' }).on).toEqual(new Set(quietEvents));
    const only = worldOf(parse('', 'environments:\n  - { name: dev }\n'));
    expect(routeOf(only, { ...web, environment: 'dev' }).on).toEqual(new Set(usualEvents));
    const guarded = worldOf(parse('', 'environments:\n  - { name: live, protected: true }\n  - { name: other }\n'));
    expect(routeOf(guarded, { ...web, environment: 'live' }).on).toEqual(new Set(usualEvents));
  });

  it('sends an entry without a channel to the team, and nothing where it wants nothing', () => {
    const world = worldOf(parse('notifications:\n  - { environments: [dev], on: [] }\n  - { quiet: true }\n'));
    expect(routeOf(world, web)).toMatchObject({ channel: 'C0TEAMCHAN', on: new Set(quietEvents) });
    expect(routeOf(world, { ...web, environment: 'dev' })).toEqual({
      on: new Set(),
      says: 'release-manager.yaml:6 wants no messages',
    });
  });

  it.each([
    ['nobody owns it', undefined, inTeam, 'web has no owner'],
    ['the team is not declared', 'payments', inTeam, 'people.yaml names no team payments'],
    ['the team has no channel', 'checkout', {}, 'has no slack channel'],
    ['the team has the name of a channel', 'checkout', { slack: '#checkout' }, 'is no id of a channel'],
  ])('tells nobody where %s, and says so', (_, owner, team, said) => {
    const route = routeOf(worldOf(parse(''), team), { ...web, owner });
    expect(route).toEqual({ on: new Set(), says: expect.stringContaining(said) as string });
  });
});
