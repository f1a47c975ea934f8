import fc from 'fast-check';
import { expect, test } from 'vitest';

import { parseConfig } from './parse-config.ts';
import { blockingProblems, policiesFor } from './snapshot.ts';

const main = `# ours
environments:
  - { name: dev }
  - name: prod
    protected: true
    clusters: [eu, us]
    allowKinds: [ClusterRole]
    flux: { layout: sliced, serviceAccountName: deployer, decryption: { provider: sops } }
policies:
  - { kind: branch-restriction, environment: prod, branch: main }
`;

function parse(files: Record<string, string | Uint8Array>) {
  return parseConfig('abc', new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])));
}
const problemsOf = (files: Record<string, string | Uint8Array>) => parse(files).problems;

test('an empty repository is not initialised, and that is no problem of a file', () => {
  const snapshot = parse({});

  expect(snapshot).toMatchObject({ commit: 'abc', initialised: false, environments: [], problems: [] });
});

test('what the files say', () => {
  const snapshot = parse({
    'release-manager.yaml': `${main}trustIncoming: [legacy]
rights:
  - { who: [team:checkout], verbs: [release], environments: [dev], owners: [checkout] }
notifications:
  - { owners: [checkout], slack: C0123ABCD }
`,
    'people.yaml': `teams: [{ id: checkout }]
people:
  - { id: ada, name: Ada L., emails: [ada@example.com], github: ada, slack: U0, teams: [checkout] }
`,
    'policies/web.yaml': 'service: web\npolicies:\n  - { kind: auto-release, branch: main, environment: dev }\n',
  });

  expect(snapshot.problems).toEqual([]);
  expect(snapshot.environments.map(({ name, clusters }) => [name, clusters])).toEqual([
    ['dev', ['default']],
    ['prod', ['eu', 'us']],
  ]);
  expect(snapshot.environments[1]).toMatchObject({
    protected: true,
    createNamespaces: true,
    flux: { layout: 'sliced', namespace: 'flux-system', interval: '30m', serviceAccountName: 'deployer' },
  });
  expect(policiesFor(snapshot, 'web').policies.map(({ id, file, line }) => [id, file, line])).toEqual([
    ['branch-restriction-main-prod', 'release-manager.yaml', 10],
    ['auto-release-main-dev', 'policies/web.yaml', 3],
  ]);
  expect(policiesFor(snapshot, 'api').policies).toHaveLength(1);
  expect(snapshot.people.people[0]?.teams).toEqual(['checkout']);
  expect(snapshot.rights?.entries).toHaveLength(1);
  expect(snapshot.trustIncoming).toEqual(['legacy']);
});

test('a broken file of one service blocks that service and no other, with the line', () => {
  const snapshot = parse({
    'release-manager.yaml': main,
    'policies/web.yaml': `service: web
policies:
  - { kind: auto-release, branch: main, environment: dev }
  - kind: auto-release
    branch: main
    enviroment: prod
`,
    'policies/api.yaml': 'service: api\npolicies: []\n',
  });

  expect(policiesFor(snapshot, 'web').broken).toHaveLength(1);
  expect(policiesFor(snapshot, 'web').broken[0]).toMatchObject({ file: 'policies/web.yaml', line: 4 });
  expect(blockingProblems(snapshot, { service: 'api', environment: 'prod' })).toEqual([]);
  expect(blockingProblems(snapshot, { service: 'web', environment: 'dev' })).toHaveLength(1);
});

test.each([
  ['no YAML', 'service: web\npolicies: [\n', 3],
  ['a double key', 'service: web\nservice: web\n', 2],
  ['another name', 'service: wed\n', 1],
  ['no name', 'policies: []\n', 1],
  ['an unknown field', 'service: web\npolicy: []\n', 2],
  ['no list', 'service: web\npolicies: { kind: auto-release }\n', 2],
  ['an unknown environment', 'service: web\npolicies:\n  - { kind: auto-release, branch: a, environment: prdo }\n', 3],
  ['nothing', '', 1],
  ['a list', '- a\n', 1],
  ['two documents', 'service: web\n---\nservice: web\n', 2],
])('%s in the file of a service blocks it', (_, text, line) => {
  const snapshot = parse({ 'release-manager.yaml': main, 'policies/web.yaml': text });

  expect(snapshot.brokenServices.get('web')?.[0]).toMatchObject({ file: 'policies/web.yaml', line });
});

test('a copied file that still names the other service blocks both, since nobody knows whose rules they are', () => {
  const snapshot = parse({ 'release-manager.yaml': main, 'policies/web.yaml': 'service: api\n' });

  expect([...snapshot.brokenServices.keys()].sort()).toEqual(['api', 'web']);
});

test('a file that nobody reads is named, and stops the service that it was meant for', () => {
  const snapshot = parse({
    'release-manager.yaml': main,
    'policies/web.yml': 'service: web\n',
    'policies/team/api.yaml': 'service: api\n',
    'policies/README.md': '# rules',
    'policies/Not_A_Name.yaml': 'service: x\n',
  });

  expect(snapshot.problems.map(({ file, scope }) => [file, scope.kind])).toEqual([
    ['policies/web.yml', 'service'],
    ['policies/team/api.yaml', 'nothing'],
    ['policies/Not_A_Name.yaml', 'nothing'],
  ]);
});

test('a broken entry among the environments blocks that environment', () => {
  const snapshot = parse({
    'release-manager.yaml': 'environments:\n  - { name: dev }\n  - { name: prod, protcted: true }\n',
    'policies/web.yaml': 'service: web\npolicies:\n  - { kind: auto-release, branch: main, environment: prod }\n',
  });

  expect(snapshot.environments.map(({ name }) => name)).toEqual(['dev']);
  expect(snapshot.problems).toMatchObject([{ line: 3, scope: { kind: 'environment', environment: 'prod' } }]);
  expect(snapshot.problems[0]?.message).toContain('"protcted"');
  expect(blockingProblems(snapshot, { service: 'web', environment: 'dev' })).toEqual([]);
});

test.each([
  ['an entry without a readable name', 'environments:\n  - { nmae: dev }\n'],
  ['no YAML', 'environments: [\n'],
  ['no environments', 'policies: []\n'],
  ['an empty file', ''],
  ['a misspelt field, which may have held every restriction', `${main}polices: []\n`],
  ['a rule whose environment cannot be read', `${main}  - { kind: branch-restriction, branch: main }\n`],
  ['a rule for an unknown environment', `${main}  - { kind: branch-restriction, environment: prdo, branch: main }\n`],
  ['rules that are no list', 'environments: [{ name: dev }]\npolicies: all\n'],
  ['a tab', 'environments:\n\t- { name: dev }\n'],
])('%s in release-manager.yaml blocks everything', (_, text) => {
  const problems = problemsOf({ 'release-manager.yaml': text });

  expect(problems.some(({ scope }) => scope.kind === 'all')).toBe(true);
  expect(problems.every(({ line }) => line >= 1)).toBe(true);
});

test('a broken global rule blocks the environment that it names', () => {
  const problems = problemsOf({
    'release-manager.yaml': `${main}  - { kind: branch-restriction, environment: dev, branchRegex: "(" }\n`,
  });

  expect(problems).toMatchObject([{ line: 11, scope: { kind: 'environment', environment: 'dev' } }]);
});

test('an environment named twice is blocked: nobody knows which entry counts', () => {
  const snapshot = parse({
    'release-manager.yaml':
      'environments:\n  - { name: dev }\n  - { name: prod }\n  - { name: dev, protected: true }\n',
  });

  expect(snapshot.environments.map(({ name }) => name)).toEqual(['prod']);
  expect(snapshot.problems).toMatchObject([{ line: 4, scope: { kind: 'environment', environment: 'dev' } }]);
});

test.each(['clusters', 'policies', 'state', 'Dev', '..', 'a/b', '-x'])('%j is no environment', (name) => {
  const snapshot = parse({ 'release-manager.yaml': `environments:\n  - { name: ${JSON.stringify(name)} }\n` });

  expect(snapshot.environments).toEqual([]);
  expect(snapshot.problems.length).toBeGreaterThan(0);
});

test('a source with a dot in its name is refused where no generator could name it', () => {
  const text = (layout: string) =>
    `environments:\n  - name: dev\n    flux:\n      layout: ${layout}\n      source: config.repo\n`;

  expect(problemsOf({ 'release-manager.yaml': text('plain') })).toEqual([]);
  expect(problemsOf({ 'release-manager.yaml': text('sliced') })).toMatchObject([
    { line: 5, scope: { kind: 'environment', environment: 'dev' } },
  ]);
});

test('people and rights are said to be broken and block nothing', () => {
  const snapshot = parse({
    'release-manager.yaml': `${main}rights:\n  - { who: [a], verbs: [relese] }\n`,
    'people.yaml': 'people:\n  - { id: ada, name: Ada }\n  - { id: ada, name: Other }\n  - { id: bob }\nteam: []\n',
  });

  expect(snapshot.problems).toHaveLength(4);
  expect(snapshot.problems.every(({ scope }) => scope.kind === 'nothing')).toBe(true);
  expect(snapshot.people.people).toMatchObject([{ id: 'ada', name: 'Ada' }]);
});

test('a conflict of rules is reported with both places and blocks nothing', () => {
  const snapshot = parse({
    'release-manager.yaml': main,
    'policies/web.yaml': 'service: web\npolicies:\n  - { kind: auto-release, branch: x, environment: prod }\n',
  });

  expect(snapshot.problems).toMatchObject([{ file: 'policies/web.yaml', line: 3, scope: { kind: 'nothing' } }]);
  expect(snapshot.problems[0]?.message).toContain('release-manager.yaml line 10');
});

test('the same rule twice is one rule', () => {
  const rule = '  - { kind: auto-release, branch: main, environment: dev }\n';
  const snapshot = parse({
    'release-manager.yaml': main,
    'policies/web.yaml': `service: web\npolicies:\n${rule}${rule}`,
  });

  expect(snapshot.servicePolicies.get('web')).toHaveLength(1);
  expect(snapshot.problems).toEqual([]);
});

test('lines are right with CRLF, a byte order mark and comments', () => {
  const snapshot = parse({
    'release-manager.yaml': main,
    'policies/web.yaml':
      '\uFEFF# rules\r\nservice: web\r\npolicies:\r\n  # first\r\n  - { kind: auto-release, branch: main, environment: dev }\r\n',
  });

  expect(snapshot.problems).toEqual([]);
  expect(snapshot.servicePolicies.get('web')?.[0]?.line).toBe(5);
});

const bomb = `service: web\na: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
  .split('')
  .map(
    (name, index) =>
      `${name}: &${name} [${Array(9)
        .fill(`*${'abcdefghi'[index] ?? 'a'}`)
        .join(',')}]\n`,
  )
  .join('')}`;

test.each([
  ['an alias bomb', bomb],
  ['brackets without end', '['.repeat(100_000)],
  ['indentation without end', Array.from({ length: 1200 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')],
  ['dashes without end', '- '.repeat(100_000)],
  ['question marks without end', '? '.repeat(100_000)],
  ['2 MB', 'a'.repeat(2_000_000)],
  ['bytes that are no UTF-8', Uint8Array.from([0xff, 0xfe, 0, 0x61])],
  ['a prototype', '__proto__: { service: web }\nconstructor: { prototype: { polluted: 1 } }\n'],
  ['a tag', 'service: !!js/function "function(){}"\n'],
  ['a merge key', 'x: &x { service: web }\n<<: *x\n'],
  ['keys that are no text', '? [a, b]\n: 1\n'],
  ['a NUL', 'service: "web\0"\n\0'],
])('%s gives a problem, soon, and never a crash', (_, text) => {
  const started = performance.now();
  const files = { 'release-manager.yaml': main, 'policies/web.yaml': text, 'people.yaml': text };

  expect(parse(files).brokenServices.has('web')).toBe(true);
  expect(problemsOf({ 'release-manager.yaml': text }).some(({ scope }) => scope.kind === 'all')).toBe(true);

  expect(performance.now() - started).toBeLessThan(8_000);
  expect(Object.prototype).not.toHaveProperty('polluted');
});

test('whatever stands in the files, the answer is a snapshot', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .array(
        fc.constantFrom('service: web', 'policies:', '- {', 'kind: x', '}', '&a', '*a', '  ', '\n', ': ', '? ', '|'),
      )
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, text, (a, b) => {
      const snapshot = parse({
        'release-manager.yaml': a,
        'people.yaml': b,
        'policies/web.yaml': a,
        'policies/api.json': b,
      });
      expect(snapshot.problems.every(({ line }) => Number.isInteger(line) && line >= 1)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('a file that is too large to be read stops what it speaks of, and no more', () => {
  const huge = { byteLength: 11 * 1024 * 1024 };
  const good = Buffer.from(main);

  const policy = parseConfig(
    'abc',
    new Map([
      ['release-manager.yaml', good],
      ['policies/web.yaml', huge],
    ] as const),
  );
  expect(policy.problems).toMatchObject([{ file: 'policies/web.yaml', scope: { kind: 'service', service: 'web' } }]);
  expect(policy.problems[0]?.message).toContain(`${huge.byteLength} bytes`);

  const people = parseConfig(
    'abc',
    new Map([
      ['release-manager.yaml', good],
      ['people.yaml', huge],
    ] as const),
  );
  expect(people.problems).toMatchObject([{ file: 'people.yaml', scope: { kind: 'nothing' } }]);

  const all = parseConfig('abc', new Map([['release-manager.yaml', huge]]));
  expect(all).toMatchObject({
    initialised: true,
    problems: [{ file: 'release-manager.yaml', scope: { kind: 'all' } }],
  });
});

test('an allowed kind may be named with its group', () => {
  const allowing = (kinds: string) =>
    parse({ 'release-manager.yaml': `environments:\n  - { name: dev, allowKinds: [${kinds}] }\n` });

  expect(allowing('ClusterRole.rbac.authorization.k8s.io, ClusterRole')).toMatchObject({
    problems: [],
    environments: [{ allowKinds: ['ClusterRole.rbac.authorization.k8s.io', 'ClusterRole'] }],
  });
  for (const wrong of [
    'ClusterRole.',
    '.rbac',
    'ClusterRole..x',
    'Cluster Role',
    'rbac/ClusterRole',
    'ClusterRole.X',
  ]) {
    expect(allowing(JSON.stringify(wrong)).problems).toMatchObject([
      { line: 2, scope: { kind: 'environment', environment: 'dev' } },
    ]);
  }
});
