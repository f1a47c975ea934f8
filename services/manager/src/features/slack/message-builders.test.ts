import type { SlackBlock } from '@release-manager/slack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readButtonValue } from './button-value.ts';
import { digestMessage } from './digest-message.ts';
import type { GroupView, ShownTarget } from './group-view.ts';
import { parentMessage } from './parent-message.ts';
import { detailsMessage, troubleMessage } from './thread-message.ts';

/** What Slack takes, as the one of the tests enforces it. */
const slackLimits = { sectionText: 3000, blocks: 50, allBlocks: 13_200 };

const at = new Date('2026-03-02T12:03:00Z');

const prod: ShownTarget = {
  releaseId: 'rel_2',
  service: 'web',
  environment: 'prod',
  state: 'rolling-out',
  intent: 'auto',
  automatic: true,
  artifact: 'main-0123456789-0123456789',
  by: 'auto-release main to prod',
  says: '3 of 5 pods are ready',
  at,
  recovered: false,
  isPast: false,
  endsCommitted: false,
  url: 'https://releases.example.com/v1/releases/rel_2',
};
const dev: ShownTarget = { ...prod, releaseId: 'rel_1', environment: 'dev', state: 'healthy', says: 'healthy' };
const view: GroupView = {
  service: 'web',
  artifact: {
    id: 'main-0123456789-0123456789',
    branch: 'main',
    sha: '0123456789abcdef',
    message: 'Add the cart\n\nwith a body',
    url: 'https://github.com/shop/web/commit/0123456789abcdef',
    author: 'Grace H.',
  },
  targets: [dev, prod],
  links: { runbook: 'https://wiki.example.com/web', dashboard: 'https://grafana.example.com/web' },
};

/** What a person reads, block by block. */
function readable(blocks: readonly SlackBlock[]): readonly string[] {
  return blocks.map((block) => {
    switch (block.type) {
      case 'section':
      case 'header':
        return block.text.text;
      case 'context':
        return block.elements.map(({ text }) => text).join(' ');
      case 'actions':
        return block.elements.map(({ text }) => `[${text.text}]`).join(' ');
      case 'rich_text':
        return block.elements[0].elements[0].text;
      case 'divider':
        return '---';
    }
  });
}

describe('the message of a merge', () => {
  it('shows what it is and each environment, with buttons where something can be done', () => {
    const { text, blocks } = parentMessage(view, { clicks: true });
    expect(readable(blocks)).toEqual([
      '*web* · <https://github.com/shop/web/commit/0123456789abcdef|main@0123456789> by Grace H.\nAdd the cart with a body',
      ':white_check_mark: *dev* healthy · <!date^1772452980^{time}|12:03 UTC>',
      ':arrows_counterclockwise: *prod* rolling out — 3 of 5 pods are ready · <!date^1772452980^{time}|12:03 UTC>',
      'by the policy auto-release main to prod · main-0123456789-0123456789 · <https://grafana.example.com/web|dashboard>',
      '[Roll back prod] [Logs prod] [Hold prod] [Open]',
    ]);
    expect(text).toBe('web main@0123456789: dev healthy, prod rolling out');
  });

  it('has no button that nobody would hear of, but the link', () => {
    expect(readable(parentMessage(view, { clicks: false }).blocks).at(-1)).toBe('[Open]');
  });

  it.each<[string, Partial<ShownTarget>, string, string]>([
    [
      'failed',
      { state: 'failed', failure: 'Deployment shop/web: image not found' },
      ':x: *prod* failed — Deployment shop/web: image not found',
      '[Roll back prod] [Retry prod] [Logs prod] [Hold prod] [Open]',
    ],
    [
      'recovered',
      { state: 'healthy', recovered: true, says: 'healthy' },
      ':white_check_mark: *prod* recovered',
      '[Roll back prod] [Hold prod] [Open]',
    ],
    [
      'crashed',
      { state: 'healthy', incident: { says: 'panic', times: 3 } },
      ':rotating_light: *prod* crashed — panic (3 times)',
      '[Roll back prod] [Logs prod] [Hold prod] [Open]',
    ],
    [
      'rolled back',
      { state: 'failed', failure: 'x', rolledBackBy: 'rel_9', isPast: true },
      ':rewind: *prod* rolled back',
      '[Roll back dev] [Hold dev] [Open]',
    ],
    [
      'waiting for a hold',
      { state: 'waiting', says: 'held by bob', hold: { reason: 'not today', by: 'bob' } },
      ':double_vertical_bar: *prod* waiting — held by bob',
      '[Resume prod] [Open]',
    ],
    [
      'denied',
      { state: 'denied', says: 'frozen' },
      ':no_entry: *prod* denied — frozen',
      '[Roll back dev] [Hold dev] [Open]',
    ],
    [
      'committed for good',
      { state: 'committed', endsCommitted: true },
      ':white_check_mark: *prod* committed — in the config repo; no daemon reports from there',
      '[Roll back prod] [Logs prod] [Hold prod] [Open]',
    ],
  ])('says what is %s', (_, change, line, buttons) => {
    const { blocks } = parentMessage({ ...view, targets: [dev, { ...prod, ...change }] }, { clicks: true });
    expect(readable(blocks)[2]).toMatch(line);
    expect(readable(blocks).at(-1)).toBe(buttons);
  });

  it('names who asked and why where it was a person', () => {
    const back = { ...prod, automatic: false, intent: 'rollback' as const, by: 'ada', reason: 'the cart is empty' };
    const [head, , foot] = readable(parentMessage({ ...view, targets: [back] }, { clicks: true }).blocks);
    expect(head).toContain('*web* · ada rolls prod back to <');
    expect(foot).toContain('“the cart is empty”');
    const out = { ...back, intent: 'undeploy' as const };
    const gone = parentMessage({ service: 'web', targets: [out], links: {} }, { clicks: true });
    expect(readable(gone.blocks)[0]).toBe('*web* · ada takes it out of prod');
  });

  it('shows the steps of a build that is under way', () => {
    const steps = [
      { name: 'test', status: 'passed' as const },
      { name: 'scan', status: 'running' as const },
    ];
    const build = { state: 'running' as const, jobUrl: 'https://ci.example.com/7', steps };
    const { text, blocks } = parentMessage({ ...view, targets: [], build }, { clicks: true });
    expect(readable(blocks)[1]).toBe(
      '<https://ci.example.com/7|:hammer_and_wrench: building> · :white_check_mark: test · :arrows_counterclockwise: scan',
    );
    expect(text).toBe('web main@0123456789: building');
  });

  it('gives each button what it was pressed for', () => {
    const { blocks } = parentMessage(view, { clicks: true });
    const actions = blocks.find((block) => block.type === 'actions');
    expect(
      actions?.elements.map(({ action_id: id, value, url }) => [
        id,
        value === undefined ? url : readButtonValue(value),
      ]),
    ).toEqual([
      ...['rollback', 'logs', 'hold'].map((name) => [
        `release.${name}`,
        { release: 'rel_2', service: 'web', environment: 'prod', artifact: 'main-0123456789-0123456789' },
      ]),
      ['release.open', 'https://releases.example.com/v1/releases/rel_2'],
    ]);
    expect(actions?.elements[0]?.confirm?.title.text).toBe('Roll prod back?');
  });
});

describe('the message of a failure', () => {
  const failed = { ...prod, state: 'failed' as const };
  const log = { pod: 'web-1', container: 'app', lines: ['starting', 'panic: <nil> & co'] };
  const trouble = {
    view,
    target: failed,
    kind: 'failed' as const,
    says: 'crash loop',
    next: 'see the log',
    log,
    author: 'U012AB3CD',
  };

  it('tells the author, with log, links and the way back', () => {
    expect(readable(troubleMessage(trouble, { clicks: true }).blocks)).toEqual([
      ':rotating_light: *web* in *prod* failed <@U012AB3CD>\ncrash loop',
      '_What to do:_ see the log',
      'last lines of app in web-1',
      'starting\npanic: <nil> & co',
      '<https://wiki.example.com/web|runbook> · <https://grafana.example.com/web|dashboard>',
      '[Roll back prod] [Retry prod] [Logs prod] [Hold prod] [Open]',
    ]);
  });

  it('says itself when it is over, and calls nobody any more', () => {
    const lines = readable(troubleMessage({ ...trouble, resolved: 'healthy again' }, { clicks: true }).blocks);
    expect(lines[0]).toBe(':adhesive_bandage: *web* in *prod* failed, and is resolved: healthy again\ncrash loop');
    expect(lines.join()).not.toContain('<@');
    expect(lines.join()).not.toContain('[');
  });

  it('shows the end of a long log', () => {
    const lines = Array.from({ length: 500 }, (_, index) => `line ${index} ${'x'.repeat(200)}`);
    const shown = readable(troubleMessage({ ...trouble, log: { ...log, lines } }, { clicks: true }).blocks);
    expect(shown[2]).toBe('last lines of app in web-1; all of them follow');
    expect(shown[3]?.length).toBeLessThanOrEqual(1500);
    expect(shown[3]).toMatch(/line 499 x+$/);
  });
});

it('shows what a release changed, the diff as it is', () => {
  const diff = {
    objects: [{ name: 'Deployment web', change: 'changed' as const, added: 1, removed: 1 }],
    text: '-image: web:1\n+image: web:2 <b>',
  };
  expect(readable(detailsMessage(prod, { commit: 'abcdef0123456789', replaced: 'main-a-b', diff }).blocks)).toEqual([
    '*prod* written to the config repo as commit abcdef0123, in the place of main-a-b\n± Deployment web (+1 −1)',
    '-image: web:1\n+image: web:2 <b>',
  ]);
});

/** Slack's own markup, in text that somebody else wrote. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4000 }),
  fc.constantFrom(
    '<!channel> <!here> <@U012AB3CD> <https://evil.example.com|your bank>',
    '&lt;!channel&gt; &amp;',
    '```\n*bold* _it_ ~no~ `code`',
    ':white_check_mark: *prod* healthy',
    '\u202Egnp.exe \u0000\u001B[31m',
    '<'.repeat(5000),
    '😀'.repeat(3000),
    '"'.repeat(9000),
  ),
);

const target = fc.record({
  releaseId: fc.uuid(),
  service: fc.constantFrom('web', 'cart'),
  environment: fc.constantFrom('dev', 'a'.repeat(63)),
  state: fc.constantFrom(
    'waiting',
    'queued',
    'committed',
    'rolling-out',
    'healthy',
    'failed',
    'denied',
    'superseded',
  ) as fc.Arbitrary<ShownTarget['state']>,
  intent: fc.constantFrom('auto', 'branch', 'rollback', 'undeploy', 'promote', 'restore') as fc.Arbitrary<
    ShownTarget['intent']
  >,
  automatic: fc.boolean(),
  artifact: fc.constant('main-0123456789-0123456789'),
  by: hostile,
  reason: fc.option(hostile, { nil: undefined }),
  says: hostile,
  at: fc.constant(at),
  failure: fc.option(hostile, { nil: undefined }),
  next: fc.option(hostile, { nil: undefined }),
  recovered: fc.boolean(),
  rolledBackBy: fc.option(fc.constant('rel_9'), { nil: undefined }),
  isPast: fc.boolean(),
  hold: fc.option(fc.record({ reason: hostile, by: hostile }), { nil: undefined }),
  incident: fc.option(fc.record({ says: hostile, times: fc.nat(5) }), { nil: undefined }),
  endsCommitted: fc.boolean(),
  url: fc.oneof(fc.webUrl(), hostile),
});
const anyView = fc.record({
  service: fc.constantFrom('web', 'cart'),
  artifact: fc.option(
    fc.record({
      id: fc.constant('main-0123456789-0123456789'),
      branch: hostile,
      sha: fc.constant('0123456789ab'),
      message: fc.option(hostile, { nil: undefined }),
      url: fc.oneof(fc.webUrl(), hostile),
      author: hostile,
    }),
    { nil: undefined },
  ),
  build: fc.option(
    fc.record({
      state: fc.constantFrom('running', 'finished', 'abandoned') as fc.Arbitrary<'running'>,
      jobUrl: fc.oneof(fc.webUrl(), hostile),
      steps: fc.array(
        fc.record({ name: hostile, status: fc.constantFrom('passed', 'failed', 'running') as fc.Arbitrary<'passed'> }),
        { maxLength: 40 },
      ),
    }),
    { nil: undefined },
  ),
  targets: fc.uniqueArray(target, { maxLength: 20, selector: ({ releaseId }) => releaseId }),
  links: fc.record({
    runbook: fc.option(hostile, { nil: undefined }),
    dashboard: fc.option(hostile, { nil: undefined }),
  }),
});

/** What is left of Slack's markup must be ours: dates, links to web addresses without a password, and a mention that we put there. */
const ours = /^<(?:!date\^\d+\^\{time\}\|\d\d:\d\d UTC|https?:\/\/[^<>|\s]+\|[^<>]*|@U012AB3CD)>$/;

function faultsOf({
  text,
  blocks,
}: {
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
}): readonly string[] {
  const faults: string[] = [];
  const marked = [
    text,
    ...blocks.flatMap((block) =>
      block.type === 'section'
        ? [block.text.text]
        : block.type === 'context'
          ? block.elements.map((each) => each.text)
          : [],
    ),
  ];
  for (const each of marked) {
    if (each.length > slackLimits.sectionText || each === '') faults.push(`a text of ${each.length} characters`);
    for (const control of each.match(/<[^>]*>?/g) ?? []) if (!ours.test(control)) faults.push(`markup: ${control}`);
    if (each.replaceAll(/<[^>]*>/g, '').includes('>')) faults.push('a stray >');
    if (/&(?!amp;|lt;|gt;)/.test(each)) faults.push('an & that is not escaped');
  }
  if (blocks.length > slackLimits.blocks) faults.push(`${blocks.length} blocks`);
  if (JSON.stringify(blocks).length > slackLimits.allBlocks)
    faults.push(`${JSON.stringify(blocks).length} characters of blocks`);
  return faults;
}

/** Everything that can be made of it. */
function messagesOf(some: GroupView, words: string, lines: readonly string[], clicks: boolean) {
  const all = [
    parentMessage(some, { clicks }),
    digestMessage({ views: Array.from({ length: 40 }, () => some), count: 41 }),
    digestMessage({ views: [], count: 0 }),
  ];
  for (const target of some.targets.slice(0, 1)) {
    const log = { pod: words, container: words, lines };
    const trouble = { view: some, target, kind: 'crashed' as const, says: words, next: words, log };
    const objects = lines.map((name) => ({ name, change: 'added' as const, added: 1, removed: 0 }));
    all.push(
      troubleMessage({ ...trouble, author: 'U012AB3CD' }, { clicks }),
      troubleMessage({ ...trouble, author: words, resolved: words }, { clicks }),
      detailsMessage(target, { diff: { objects, text: lines.join('\n') } }),
    );
  }
  return all;
}

it('O2 never breaks a message, calls anybody or forges a link, whatever others write', () => {
  fc.assert(
    fc.property(anyView, hostile, fc.array(hostile, { maxLength: 60 }), fc.boolean(), (some, words, lines, clicks) => {
      expect(messagesOf(some, words, lines, clicks).flatMap(faultsOf)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
