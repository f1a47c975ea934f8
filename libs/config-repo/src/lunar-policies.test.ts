import { matchesBranch } from '@release-manager/policies';
import { expect, test } from 'vitest';

import { convertLunarPolicies } from './convert-lunar.ts';
import { parseConfig } from './parse-config.ts';

function parse(files: Record<string, string>) {
  const main = 'environments: [{ name: dev }, { name: prod }]\n';
  const all = { 'release-manager.yaml': main, ...files };
  return parseConfig('c', new Map(Object.entries(all).map(([path, text]) => [path, Buffer.from(text)])));
}

const web = `{
  "service": "web",
  "autoReleases": [
    { "id": "auto-release-master-dev", "branch": "master", "environment": "dev" }
  ],
  "branchRestrictions": [
    { "id": "branch-restriction-prod", "branchRegex": "^master$", "environment": "prod" }
  ]
}
`;

test('a file of Lunar is read as it is, with lines', () => {
  const snapshot = parse({ 'policies/web.json': web });

  expect(snapshot.problems).toEqual([]);
  expect(snapshot.servicePolicies.get('web')).toMatchObject([
    { id: 'auto-release-master-dev', line: 4, policy: { branch: 'master', environment: 'dev' } },
    { line: 7, policy: { branchRegex: '^master$', environment: 'prod' } },
  ]);
});

test.each([
  ['master', 'master', true],
  ['master', 'my-master-2', true],
  ['^master$', 'master', true],
  ['^master$', 'master-2', false],
  ['^master|hotfix$', 'master-2', true],
  ['^master|hotfix$', 'x/hotfix', true],
  ['^master|hotfix$', 'x/hotfix/y', false],
  ['^release/', 'release/1', true],
  [String.raw`^v\d$`, 'v1', true],
  [String.raw`^v\d$`, 'v12', false],
])('its unanchored expression %j goes on matching %j: %j', (branchRegex, branch, expected) => {
  const text = JSON.stringify({ service: 'web', branchRestrictions: [{ branchRegex, environment: 'prod' }] });

  const [rule] = parse({ 'policies/web.json': text }).servicePolicies.get('web') ?? [];

  expect(rule && matchesBranch(rule.policy, branch)).toBe(expected);
});

test.each(['feature/a+b', 'a.b', 'x{1}'])('its branch %j is a name and no pattern', (branch) => {
  const text = JSON.stringify({ service: 'web', autoReleases: [{ branch, environment: 'dev' }] });

  const [rule] = parse({ 'policies/web.json': text }).servicePolicies.get('web') ?? [];

  expect(rule && matchesBranch(rule.policy, branch)).toBe(true);
  expect(rule && matchesBranch(rule.policy, branch.replace(/[+.{]/, 'z'))).toBe(false);
});

test.each([
  ['an unknown field', '{"service":"web","x":1}'],
  ['a bad expression', '{"service":"web","branchRestrictions":[{"branchRegex":"(","environment":"prod"}]}'],
  ['an unknown environment', '{"service":"web","autoReleases":[{"branch":"a","environment":"qa"}]}'],
  ['another name', '{"service":"api"}'],
  ['half a file', '{"service":"web"'],
  [
    'a parenthesis that would leave the wrapping',
    '{"service":"web","branchRestrictions":[{"branchRegex":"a)|(b","environment":"prod"}]}',
  ],
])('%s in a file of Lunar blocks its service', (_, text) => {
  expect(parse({ 'policies/web.json': text }).brokenServices.has('web')).toBe(true);
});

test('null lists, which Go writes for empty ones, are empty', () => {
  const snapshot = parse({ 'policies/web.json': '{"service":"web","autoReleases":null,"branchRestrictions":null}' });

  expect(snapshot.problems).toEqual([]);
});

test('two files of one service block it until one is gone', () => {
  const snapshot = parse({ 'policies/web.json': web, 'policies/web.yaml': 'service: web\n' });

  expect(snapshot.brokenServices.get('web')?.[0]?.message).toContain('two policy files');
});

test('a converted file says the same', () => {
  const text = convertLunarPolicies(Buffer.from(web), 'web');

  expect(text).toBe(`service: web
policies:
  - { kind: auto-release, branch: master, environment: dev }
  - { kind: branch-restriction, environment: prod, branchRegex: ^master$ }
`);
  const rulesOf = (files: Record<string, string>) =>
    parse(files)
      .servicePolicies.get('web')
      ?.map(({ policy }) => policy);
  expect(rulesOf({ 'policies/web.yaml': text })).toEqual(rulesOf({ 'policies/web.json': web }));
});

test.each([
  '{',
  '{"service":"web","x":1}',
  '{"service":"web","branchRestrictions":[{"branchRegex":"(","environment":"prod"}]}',
])('half a translation of %j would drop rules, so there is none', (text) => {
  expect(() => convertLunarPolicies(Buffer.from(text), 'web')).toThrow(/policies\/web\.json line/);
});

test('a file of Lunar that names another service is not converted', () => {
  expect(() => convertLunarPolicies(Buffer.from(web), 'api')).toThrow(/web/);
});
