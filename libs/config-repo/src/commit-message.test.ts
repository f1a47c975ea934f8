import { releaseIntents } from '@release-manager/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { commitMessage, type CommitMessageInput } from './commit-message.ts';
import { oneLine } from './one-line.ts';
import { parseTrailers } from './trailers.ts';

const plain: CommitMessageInput = {
  environment: 'prod',
  service: 'web',
  artifactId: 'main-0123456789-abcdef0123',
  intent: 'branch',
  actorName: 'ada',
  releaseId: 'rel_01j9zzzzzzzzzzzzzzzzzzzzzz',
  releasedBy: { name: 'Ada L.', email: 'ada@example.com' },
};

test('subject and trailers', () => {
  expect(commitMessage({ ...plain, policy: 'auto-release-main-prod', reason: 'customer waits' })).toBe(
    `[prod/web] release main-0123456789-abcdef0123 by ada

Release-Id: rel_01j9zzzzzzzzzzzzzzzzzzzzzz
Artifact-Id: main-0123456789-abcdef0123
Service: web
Environment: prod
Intent: branch
Released-By: Ada L. <ada@example.com>
Policy: auto-release-main-prod
Reason: customer waits
`,
  );
});

test('automation says by which rule, where that rule stood, and what it replaced', () => {
  const message = commitMessage({
    ...plain,
    intent: 'auto',
    actorName: 'auto-release-main-prod',
    policy: 'auto-release-main-prod',
    policySource: 'policies/web.yaml:3',
    replaces: 'main-9999999999-abcdef0123',
  });

  expect(message).toContain(
    '\nPolicy: auto-release-main-prod\nPolicy-Source: policies/web.yaml:3\nReplaces: main-9999999999-',
  );
  expect(parseTrailers(message)).toMatchObject({
    policy: 'auto-release-main-prod',
    policySource: 'policies/web.yaml:3',
    replaces: 'main-9999999999-abcdef0123',
  });
});

test('a rollback says what it took the place of', () => {
  const message = commitMessage({
    ...plain,
    intent: 'rollback',
    reason: 'cart is empty',
    replaces: 'main-1\nService: api',
  });

  expect(message.split('\n')[0]).toBe('[prod/web] release main-0123456789-abcdef0123 by ada');
  expect(parseTrailers(message)).toMatchObject({
    service: 'web',
    intent: 'rollback',
    reason: 'cart is empty',
    replaces: 'main-1 Service: api',
  });
});

test('an undeploy names no artifact', () => {
  const { artifactId: _, ...rest } = plain;
  const message = commitMessage({ ...rest, intent: 'undeploy' });

  expect(message.split('\n')[0]).toBe('[prod/web] undeploy by ada');
  expect(parseTrailers(message)).toMatchObject({ service: 'web', intent: 'undeploy' });
  expect(parseTrailers(message)).not.toHaveProperty('artifactId');
});

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        'Ada',
        ' ',
        '\n',
        '\r\n',
        '\n\n',
        '\u2028',
        '\u0085',
        '\0',
        '\u202e',
        '\u200b',
        '<',
        '>',
        ': ',
        '[skip ci]',
        '[ci skip]',
        '[',
        ']',
        'Service: api',
        'Release-Id: rel_x',
        'Intent: rollback',
        'Release-intent: Rollback',
        'Co-authored-by: x <x@y>',
        'skip ci',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

test('G3: no name, reason or policy forges a trailer', () => {
  const texts = fc.record({ actorName: nasty, name: nasty, email: nasty, reason: nasty });
  fc.assert(
    fc.property(texts, fc.constantFrom(...releaseIntents), ({ actorName, name, email, reason }, intent) => {
      const message = commitMessage({
        ...plain,
        intent,
        actorName,
        reason,
        policy: reason,
        policySource: reason,
        replaces: reason,
        releasedBy: { name, email },
      });
      const trailers = parseTrailers(message);

      const { releaseId, artifactId } = plain;
      expect(trailers).toMatchObject({ service: 'web', environment: 'prod', releaseId, artifactId, intent });
      expect(trailers?.reason ?? '').toBe(oneLine(reason, 1000));
      expect(trailers?.releasedBy?.email.includes('>')).toBe(false);
      expect(message.split('\n')).toHaveLength(9 + (oneLine(reason) === '' ? 0 : 4));
      expect(message).not.toMatch(/\[skip ci\]/i);
    }),
    { numRuns: 2000 },
  );
});

test('clean values come back as they were', () => {
  const word = fc.stringMatching(/^[A-Za-zÄöü0-9.,@+-]{1,20}$/);
  fc.assert(
    fc.property(word, word, word, (name, email, reason) => {
      const message = commitMessage({ ...plain, releasedBy: { name, email }, reason });
      expect(parseTrailers(message)).toMatchObject({ releasedBy: { name, email }, reason });
    }),
  );
});

test('one line is one line, and making it twice changes nothing', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const line = oneLine(text);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(oneLine(line)).toBe(line);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  '[skip ci]',
  '[CI SKIP]',
  '[no ci]',
  '[skip actions]',
  '[actions skip]',
  '[skip\u00a0ci]',
  '***NO_CI***',
  '[skip-ci]',
  '[[skip ci]]',
  '[ [skip ci] ]',
  '( [ {skip ci} ] )',
])('the mark %j loses its meaning and keeps its words', (mark) => {
  const line = oneLine(`fix ${mark} now`);

  expect(line).toMatch(/^fix (?:skip|ci|no|actions)[ _-](?:skip|ci|actions) now$/i);
});

test('a text without end costs no time', () => {
  const started = performance.now();

  expect(oneLine('['.repeat(1_000_000)).length).toBe(200);
  expect(oneLine(' '.repeat(1_000_000))).toBe('');
  expect(oneLine('[skip'.repeat(200_000)).length).toBe(200);
  expect(oneLine(`[${' '.repeat(500_000)}`)).toBe('[');

  expect(performance.now() - started).toBeLessThan(8_000);
});

test('trailers of Lunar are understood', () => {
  const message = `[dev/web] auto release master-1234-5678 by ada@example.com

Service: web
Environment: dev
Artifact-ID: master-1234-5678
Artifact-released-by: Ada <ada@example.com>
Artifact-created-by: Bob <bob@example.com>
Release-intent: AutoRelease
`;

  expect(parseTrailers(message)).toEqual({
    service: 'web',
    environment: 'dev',
    artifactId: 'master-1234-5678',
    intent: 'auto',
    releasedBy: { name: 'Ada', email: 'ada@example.com' },
  });
});

test.each([
  ['a commit of a person', 'fix the chart\n\nIt was broken.\n'],
  ['a subject alone', 'Service: web'],
  ['trailers that are not the last block', 'x\n\nService: web\nEnvironment: dev\n\nmore words\n'],
  ['an empty message', ''],
  ['half of it', 'x\n\nService: web\n'],
])('%s is no release', (_, message) => {
  expect(parseTrailers(message)).toBeUndefined();
});

test('the last block counts, the first value of a key counts, CRLF and foreign trailers do no harm', () => {
  const message =
    'x\r\n\r\nService: api\r\nEnvironment: dev\r\n\r\nService: web\r\nEnvironment: prod\r\nService: evil\r\nSigned-off-by: a <b>\r\n';

  expect(parseTrailers(message)).toEqual({ service: 'web', environment: 'prod' });
});
