import { AppError } from '@release-manager/domain';
import { parsePolicy, policyId, type Policy } from '@release-manager/policies';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { parseConfig } from './parse-config.ts';
import { applyPolicy, deletePolicy } from './policy-edit.ts';

const auto = (branch: string, environment: string): Policy =>
  parsePolicy({ kind: 'auto-release', branch, environment });

const text = `# the rules of web
service: web

policies:
  # dev gets everything
  - { kind: auto-release, branch: "**", environment: dev } # really

  # prod is careful
  - kind: branch-restriction # since the outage
    environment: prod
    branch: main
`;

test('a file is made where there is none', () => {
  expect(applyPolicy(undefined, 'web', auto('main', 'dev'))).toEqual({
    text: 'service: web\npolicies:\n  - { kind: auto-release, branch: main, environment: dev }\n',
    changed: true,
    line: 3,
  });
});

test('a rule is added as one line; everything else stays as it was', () => {
  const { text: after, line } = applyPolicy(text, 'web', auto('main', 'prod'));

  expect(after).toBe(`${text}  - { kind: auto-release, branch: main, environment: prod }\n`);
  expect(line).toBe(12);
});

test('a list that is not indented stays so', () => {
  const flat = 'service: web\npolicies:\n- kind: auto-release\n  branch: main\n  environment: dev\n';

  expect(applyPolicy(flat, 'web', auto('x', 'dev')).text).toBe(
    `${flat}- { kind: auto-release, branch: x, environment: dev }\n`,
  );
});

test('a rule that stands there already changes nothing', () => {
  expect(applyPolicy(text, 'web', auto('**', 'dev'))).toEqual({ text, changed: false, line: 6 });
});

test.each([
  'service: web\n',
  'service: web\npolicies:\n',
  'service: web\npolicies: []\n',
  'service: web\npolicies: null\n',
])('a rule is added to %j', (before) => {
  expect(applyPolicy(before, 'web', auto('main', 'dev')).text).toBe(
    'service: web\npolicies:\n  - { kind: auto-release, branch: main, environment: dev }\n',
  );
});

test('a rule is taken out with the comment beside it, and the others stay', () => {
  const { text: after, line } = deletePolicy(text, policyId(auto('**', 'dev')));

  expect(line).toBe(6);
  expect(after).toContain('# the rules of web');
  expect(after).toContain('# prod is careful');
  expect(after).toContain('# since the outage');
  expect(after).not.toContain('really');
});

test('the last rule leaves an empty list', () => {
  const one = applyPolicy(undefined, 'web', auto('main', 'dev')).text;

  expect(deletePolicy(one, 'auto-release-main-dev').text).toBe('service: web\npolicies: []\n');
});

test('an unknown rule is named', () => {
  expect(() => deletePolicy(text, 'auto-release-x-dev')).toThrow(/auto-release-x-dev/);
});

test.each([
  'service: [',
  'service: api\n',
  '- a\n',
  'service: web\npolicies: 7\n',
  '{"service":"web","autoReleases":[]}',
])('%j is not touched', (broken) => {
  expect(() => applyPolicy(broken, 'web', auto('main', 'dev'))).toThrow(AppError);
});

test('whatever is added can be read again, and taken out again', () => {
  const branch = fc.oneof(
    fc.constantFrom('yes', 'null', '1', '~', '0x1', '- a', '#x', '!x', "'", '"', ':', '&a', '@', '%'),
    fc.stringMatching(/^[^\s?*{}[\]\p{Cc}\p{Cf}]{1,30}$/u),
  );
  fc.assert(
    fc.property(fc.array(branch, { minLength: 1, maxLength: 5 }), (branches) => {
      const rules = branches.filter((name) => !name.includes(' ')).map((name) => auto(name, 'dev'));
      let file: string | undefined;
      for (const rule of rules) file = applyPolicy(file, 'web', rule).text;
      const files = {
        'release-manager.yaml': 'environments: [{ name: dev }]\n',
        'policies/web.yaml': file ?? 'service: web\n',
      };
      const read = parseConfig(
        'c',
        new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)])),
      );
      expect(read.problems).toEqual([]);
      const ids = [...new Set(rules.map(policyId))];
      expect(read.servicePolicies.get('web')?.map(({ id }) => id)).toEqual(ids);
      for (const id of ids) file = deletePolicy(file ?? '', id).text;
      expect(file ?? 'service: web\npolicies: []\n').toBe('service: web\npolicies: []\n');
    }),
    { numRuns: 300 },
  );
});
