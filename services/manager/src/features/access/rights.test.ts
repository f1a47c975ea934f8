import type { TokenView } from '@release-manager/contract';
import { AppError, type Actor } from '@release-manager/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Principal } from '../../http/index.ts';
import { nothingSaid, type AccessInForce } from './access-in-force.ts';
import { verbs, type Act } from './judgement.ts';
import { assertMay, judge, type RightsWorld } from './rights.ts';

const world: RightsWorld = {
  environmentProtected: (environment) => environment !== 'dev' && environment !== 'staging',
};

const within = (access: Partial<AccessInForce>): RightsWorld => ({
  ...world,
  access: () => ({ ...nothingSaid, ...access }),
});

const ada: Actor = { kind: 'person', person: { id: 'ada', name: 'Ada L.', email: 'ada@example.com' } };
const daemon: Actor = { kind: 'daemon', environment: 'dev', cluster: 'default' };

function token(fields: Partial<TokenView>): TokenView {
  const time = '2026-01-01T00:00:00Z';
  return {
    id: 'tok_x',
    kind: 'ci',
    name: 'web',
    services: [],
    branches: [],
    createdAt: time,
    expiresAt: time,
    ...fields,
  };
}

function ci(services: string[], branches: string[]): Principal {
  return { actor: { kind: 'ci', token: 'web' }, token: token({ services, branches }) };
}

const may = (principal: Principal, act: Act, inWorld = world): boolean => judge(principal, act, inWorld).allowed;

const names = fc.constantFrom('web', 'api', 'web-x', 'dev', 'staging', 'prod', 'main', 'release/1', '', '**', '*');
const optional = fc.option(names, { nil: undefined });
const acts = fc.record({
  verb: fc.constantFrom(...verbs),
  service: optional,
  environment: optional,
  owner: optional,
  branch: optional,
});
const patterns = fc.array(fc.constantFrom('*', '**', 'web', 'web*', 'main', 'release/*', ''), { maxLength: 4 });

/** `holds`, or what speaks against it. */
function verdictOn<Values>(property: fc.IProperty<Values>): unknown {
  const { failed, counterexample, numSkips } = fc.check(property);
  return failed ? { counterexample, numSkips } : 'holds';
}

describe('judge', () => {
  it('never lets ci do more than upload and read, nor the manager itself', () => {
    expect(
      verdictOn(
        fc.property(acts, patterns, patterns, (act, services, branches) => {
          fc.pre(act.verb !== 'read' && act.verb !== 'upload');
          return !may(ci(services, branches), act) && !may({ actor: { kind: 'manager' } }, act);
        }),
      ),
    ).toBe('holds');
  });

  it('never lets a daemon change anything', () => {
    expect(verdictOn(fc.property(acts, (act) => act.verb === 'read' || !may({ actor: daemon }, act)))).toBe('holds');
  });

  it('never lets ci upload for a service or branch that is not said, or with a token without patterns', () => {
    expect(
      verdictOn(
        fc.property(acts, patterns, patterns, (act, services, branches) => {
          const upload: Act = { ...act, verb: 'upload' };
          const withoutToken = may({ actor: { kind: 'ci', token: 'web' } }, upload);
          const complete =
            act.service !== undefined && act.branch !== undefined && services.length > 0 && branches.length > 0;
          return !withoutToken && (complete || !may(ci(services, branches), upload));
        }),
      ),
    ).toBe('holds');
  });

  it('never lets a person change a protected, unknown or unnamed environment by default', () => {
    expect(
      verdictOn(
        fc.property(acts, (act) => {
          fc.pre(act.verb !== 'read' && act.verb !== 'own-tokens');
          fc.pre(act.environment !== 'dev' && act.environment !== 'staging');
          return !may({ actor: ada }, act);
        }),
      ),
    ).toBe('holds');
  });

  it('lets an administrator do everything', () => {
    expect(verdictOn(fc.property(acts, (act) => may({ actor: { kind: 'admin' } }, act)))).toBe('holds');
  });

  it('names a rule and a way out for every refusal', () => {
    expect(
      verdictOn(
        fc.property(acts, patterns, (act, services) =>
          [{ actor: ada }, { actor: daemon }, ci(services, services)]
            .map((principal) => judge(principal, act, world))
            .every((judgement) => judgement.rule !== '' && (judgement.allowed || judgement.next !== '')),
        ),
      ),
    ).toBe('holds');
  });

  it.each([
    ['release', true],
    ['rollback', true],
    ['hold', true],
    ['read', true],
    ['own-tokens', true],
    ['upload', false],
    ['policy', false],
    ['approve', false],
    ['break-glass', false],
    ['admin', false],
  ] as const)('lets a person %s in dev: %s', (verb, allowed) => {
    expect(may({ actor: ada }, { verb, service: 'web', environment: 'dev' })).toBe(allowed);
  });

  it.each([
    ['web', 'main', true],
    ['web', 'main-x', false],
    ['web-x', 'main', false],
    ['web', 'release/1', true],
    ['web', 'release/1/2', false],
  ])('ci of web on main and release/* uploads %s on %s: %s', (service, branch, allowed) => {
    expect(may(ci(['web'], ['main', 'release/*']), { verb: 'upload', service, branch })).toBe(allowed);
  });

  it('asks the rights of the file instead of the default where there are some', () => {
    const entry = { who: ['ada'], verbs: ['approve' as const], line: 7 };
    const ofFile = within({ rights: { entries: [entry], line: 6 } });
    expect(may({ actor: ada }, { verb: 'approve', environment: 'prod' }, ofFile)).toBe(true);
    expect(may({ actor: ada }, { verb: 'release', environment: 'dev' }, ofFile)).toBe(false);
    expect(may({ actor: ada }, { verb: 'own-tokens' }, ofFile)).toBe(true);
    expect(may({ actor: daemon }, { verb: 'approve', environment: 'prod' }, ofFile)).toBe(false);
  });

  it.each([ada, { kind: 'admin', person: { id: 'ada', name: 'Ada L.', email: 'ada@example.com' } } as const])(
    'lets %o only read once people.yaml names others',
    (actor) => {
      const other = { id: 'bob', name: 'Bob', emails: [], teams: [], line: 2 };
      const named = within({ mapped: true, people: new Map([['bob', other]]) });
      const allowed = verbs.filter((verb) => may({ actor }, { verb, service: 'web', environment: 'dev' }, named));
      expect(allowed).toEqual(['read']);
      expect(may({ actor: { kind: 'admin' } }, { verb: 'admin' }, named)).toBe(true);
    },
  );

  it('says with every answer what is broken', () => {
    const notices = ['people.yaml is broken'];
    for (const actor of [ada, daemon, { kind: 'admin' } as const])
      for (const verb of verbs) expect(judge({ actor }, { verb }, within({ notices })).notices).toEqual(notices);
  });

  it('lets automation release and nothing else', () => {
    const actor: Actor = { kind: 'automation', policy: 'auto-release main', author: { name: 'A', email: 'a@b' } };
    expect(may({ actor }, { verb: 'release', environment: 'prod' })).toBe(true);
    expect(may({ actor }, { verb: 'hold', environment: 'dev' })).toBe(false);
  });
});

describe('assertMay', () => {
  it('says what is not allowed, by which rule, and what to do', () => {
    const act: Act = { verb: 'release', service: 'web', environment: 'prod' };
    const refusal = (): unknown => {
      try {
        assertMay({ actor: ada }, act, world);
      } catch (error) {
        return error;
      }
      return undefined;
    };
    const error = refusal();
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      kind: 'forbidden',
      code: 'access.forbidden',
      message: 'ada may not release web in prod. Rule: prod is protected: only administrators may release there.',
      next: expect.stringContaining(
        '- { who: [ada], verbs: [release], environments: [prod], services: [web] }',
      ) as string,
    });
  });

  it('names file and line, the commit where it is not the current one, and what is broken', () => {
    const entry = { who: ['ada'], verbs: ['release' as const], environments: ['dev'], line: 7 };
    const inWorld = within({
      rights: { entries: [entry], line: 6 },
      rightsCommit: 'a'.repeat(40),
      notices: ['Broken.'],
    });
    const act: Act = { verb: 'release', service: 'web', environment: 'prod' };
    expect(() => {
      assertMay({ actor: ada }, act, inWorld);
    }).toThrow(
      'ada may not release web in prod: the right of line 7 does not speak of the environment prod. ' +
        'Rule: the nearest right says that ada may release in dev (release-manager.yaml:7 at aaaaaaaaaa). Broken.',
    );
  });
});
