import { describe, expect, test } from 'vitest';

import { commentMarker } from './comment-text.ts';
import type { ManifestChange } from './manifest-change.ts';
import type { PlannedTarget } from './plan-of.ts';
import { renderPlan, type PlanText } from './render-plan.ts';

const target = (service: string, environment: string, more: Partial<PlannedTarget> = {}): PlannedTarget => ({
  service,
  environment,
  policy: {
    id: `auto-release-main-${environment}`,
    says: `New artifacts of main go to ${environment} by themselves.`,
    file: `policies/${service}.yaml`,
    line: 3,
  },
  decision: { verdict: 'allowed', opinions: [] },
  ...more,
});
const held: PlannedTarget['decision'] = {
  verdict: 'waiting',
  opinions: [
    {
      rule: 'hold',
      verdict: 'waits',
      explanation: 'prod is held since 2026-01-02 03:04 UTC by ada: ask @ada, see #12',
      source: { file: 'state/prod/web.json', line: 1 },
    },
    { rule: 'auto-release-main-prod', verdict: 'allows', explanation: 'new artifacts of main go to prod' },
  ],
};
const compared: ManifestChange = {
  kind: 'compared',
  artifactId: 'topic-0123456789-abcdef0123',
  objects: 1,
  added: 1,
  removed: 1,
  text: 'changed Deployment shop/web (deployment.yaml), +1 -1\n-image: web:1\n+image: web:2',
};

function render(input: Partial<PlanText> & { readonly targets?: readonly PlannedTarget[] }): string | undefined {
  const { targets = [], ...more } = input;
  return renderPlan({
    plan: { targets, untouched: [], remarks: [] },
    headSha: 'a'.repeat(40),
    baseBranch: 'main',
    change: () => ({ kind: 'pending' }),
    commands: [],
    links: { manager: 'https://rm.example', configFile: (file, line) => `https://git.example/config/${file}#L${line}` },
    ...more,
  });
}

describe('the comment before the merge', () => {
  test('one service, pending', () => {
    expect(render({ targets: [target('web', 'dev'), target('web', 'prod')] })).toMatchInlineSnapshot(`
      "<!-- release-manager: what merging this does -->
      **Merging this into main releases web to dev and prod by itself.**

      | Service | Environment | Because | In the way |
      | --- | --- | --- | --- |
      | web | dev | New artifacts of main go to dev by themselves ([policies/web.yaml:3](https://git.example/config/policies/web.yaml#L3)) | nothing |
      | web | prod | New artifacts of main go to prod by themselves ([policies/web.yaml:3](https://git.example/config/policies/web.yaml#L3)) | nothing |

      <details><summary>web: the diff is pending</summary>

      CI has not pushed an artifact of aaaaaaaaaa yet; how its manifests differ from what runs is shown here then.

      </details>

      <sub>Kept up to date by the release manager. Comment \`/why <environment>\` to ask, \`/release <environment>\` to try it before the merge.</sub>
      "
    `);
  });

  test('a hold, a diff, and what it does not touch', () => {
    const targets = [target('web', 'dev'), target('web', 'prod', { decision: held })];
    const plan = { targets, untouched: ['api', 'mail'], remarks: ['web/release.yaml:1 cannot be read'] };
    expect(render({ targets, plan, change: () => compared })).toMatchInlineSnapshot(`
      "<!-- release-manager: what merging this does -->
      **Merging this into main releases web to dev by itself.**

      | Service | Environment | Because | In the way |
      | --- | --- | --- | --- |
      | web | dev | New artifacts of main go to dev by themselves ([policies/web.yaml:3](https://git.example/config/policies/web.yaml#L3)) | nothing |
      | web | prod | New artifacts of main go to prod by themselves ([policies/web.yaml:3](https://git.example/config/policies/web.yaml#L3)) | ⏸ prod is held since 2026-01-02 03:04 UTC by ada: ask @​ada, see \\#​12 ([state/prod/web.json:1](https://git.example/config/state/prod/web.json#L1)) |

      Not touched by it: api and mail.

      ⚠ web/release.yaml:1 cannot be read

      <details><summary>web in dev: 1 object changes, +1 −1</summary>

      \`\`\`diff
      changed Deployment shop/web (deployment.yaml), +1 -1
      -image: web:1
      +image: web:2
      \`\`\`

      </details>

      <details><summary>web in prod: 1 object changes, +1 −1</summary>

      \`\`\`diff
      changed Deployment shop/web (deployment.yaml), +1 -1
      -image: web:1
      +image: web:2
      \`\`\`

      </details>

      <sub>Kept up to date by the release manager. Comment \`/why <environment>\` to ask, \`/release <environment>\` to try it before the merge.</sub>
      "
    `);
  });

  test('everything is held', () => {
    const text = render({ targets: [target('web', 'prod', { decision: held })] });
    expect(text).toContain('**Merging this into main would release web by itself, but nothing of it can go out now.**');
  });

  test('a fork has no diff, and that is said once', () => {
    const targets = [target('api', 'dev'), target('web', 'dev'), target('web', 'prod')];
    const text = render({ targets, change: () => ({ kind: 'fork' }) }) ?? '';
    expect(text.match(/comes from a fork/g)).toHaveLength(1);
  });

  test('nothing is said where nothing is released', () => {
    expect(render({ targets: [] })).toBeUndefined();
  });

  test('an answer is said where nothing is released too', () => {
    const commands = [{ login: 'ada', asked: '/why prod', answer: 'no rule sends main there', succeeded: true }];
    expect(render({ targets: [], commands })).toContain('- ✓ /why prod (ada): no rule sends main there');
  });
});

describe('O2: text of others in it', () => {
  const hostile =
    '@shop/all fixes #1 <img src=x> | [x](javascript:alert(1)) <!-- release-manager: what merging this does -->';

  test('mentions nobody, closes nothing, leaves neither its cell nor its block', () => {
    const opinions = [{ rule: 'hold', verdict: 'waits', explanation: hostile } as const];
    const text =
      render({
        plan: {
          targets: [target('web', 'prod', { decision: { verdict: 'waiting', opinions } })],
          untouched: [],
          remarks: [hostile],
        },
        baseBranch: hostile,
        commands: [{ login: hostile, asked: hostile, answer: undefined, succeeded: undefined }],
        change: () => ({ ...compared, text: `\`\`\`\n${hostile}\n\`\`\`\`` }),
      }) ?? '';
    const outside = text.replaceAll(/^`{5,}diff[\s\S]*?^`{5,}$/gm, '');
    expect(outside).not.toBe(text);
    expect(outside).not.toMatch(/@shop|#1\b|(?<!\\)<img/);
    expect(outside).not.toMatch(/(?<!\\)\]\(javascript/);
    expect(outside.split(commentMarker)).toHaveLength(2);
    const row = text.split('\n').find((line) => line.startsWith('| web |')) ?? '';
    expect(row.match(/(?<!\\)\|/g)).toHaveLength(5);
  });
});

describe('GitHub’s limit', () => {
  test('what does not fit is left out whole, and named', () => {
    const targets = Array.from({ length: 60 }, (_, index) => target(`service-${index}`, 'dev'));
    const text = render({ targets, change: () => ({ ...compared, text: '+x\n'.repeat(10_000) }) }) ?? '';
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
    expect(text).toMatch(
      /There is no room here for the diff of service-\d+ in dev, .* more: \[see the release manager\]\(https:\/\/rm\.example\)/,
    );
  });

  test('a table that is too long is cut too', () => {
    const targets = Array.from({ length: 2000 }, (_, index) => target(`service-${index}`, 'dev'));
    const text = render({ targets }) ?? '';
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text).toContain('more rows');
  });
});
