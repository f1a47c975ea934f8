import { parseConfig } from '@release-manager/config-repo';
import { decide, releaseIntents } from '@release-manager/domain';
import fc from 'fast-check';
import { expect, it } from 'vitest';

import type { SourceProof } from '../artifacts/index.ts';
import { awaitsProof, sourceOpinions, withSource } from './source-opinion.ts';

const mainFile = 'environments:\n  - { name: dev }\n  - { name: prod, protected: true }\n';
const snapshot = parseConfig('c0ffee', new Map([['release-manager.yaml', Buffer.from(mainFile)]]));
const at = '2026-05-04T10:00:00Z';
const proofOf = (state: SourceProof['state']): SourceProof => ({ state, says: `it is ${state}`, at, by: 'github' });
const question = (
  state: SourceProof['state'] | undefined,
  over: { environment?: string; automatic?: boolean } = {},
) => ({
  snapshot,
  environment: 'prod',
  intent: 'branch' as const,
  automatic: false,
  artifact: { id: 'main-0123456789-abcdef0123', ...(state === undefined ? {} : { sourceProof: proofOf(state) }) },
  ...over,
});

it.each([
  ['proven', false, 'allows'],
  ['proven', true, 'allows'],
  ['refuted', false, 'denies'],
  ['refuted', true, 'denies'],
  ['waiting', false, 'denies'],
  ['waiting', true, 'waits'],
  ['unasked', false, 'denies'],
  ['unasked', true, 'waits'],
] as const)('%s, automatic %s: %s, with file, line and the way out', (state, automatic, verdict) => {
  const [opinion] = sourceOpinions(question(state, { automatic }));
  expect(opinion).toMatchObject({ rule: 'sha-reachable', verdict, source: { file: 'release-manager.yaml', line: 3 } });
  expect(opinion?.explanation).toContain(`it is ${state}`);
  expect(opinion?.next === undefined).toBe(verdict === 'allows');
});

it('does not concern environments that are not protected, installations without GitHub, a way back, an undeploy', () => {
  expect(sourceOpinions(question('refuted', { environment: 'dev' }))).toEqual([]);
  expect(sourceOpinions(question(undefined))).toEqual([]);
  expect(sourceOpinions({ ...question('refuted'), intent: 'rollback' })).toEqual([]);
  expect(sourceOpinions({ ...question('refuted'), intent: 'restore' })).toEqual([]);
  expect(sourceOpinions({ ...question('refuted'), artifact: undefined })).toEqual([]);
});

it('nothing but a stored proof lets an artifact into a protected environment', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('unasked', 'waiting', 'refuted'),
      fc.constantFrom(...releaseIntents.filter((intent) => intent !== 'rollback' && intent !== 'restore')),
      fc.boolean(),
      (state, intent, automatic) => {
        const opinions = sourceOpinions({ ...question(state, { automatic }), intent });
        expect(decide(opinions).verdict).not.toBe('allowed');
      },
    ),
  );
});

it('a decision follows what is known', () => {
  const before = decide([...sourceOpinions(question('waiting', { automatic: true }))], 'c0ffee');
  expect(before.verdict).toBe('waiting');
  expect(awaitsProof(before, question('waiting').artifact)).toBe(true);
  expect(awaitsProof(before, question('refuted').artifact)).toBe(false);
  expect(withSource(before, question('proven', { automatic: true }))).toMatchObject({
    verdict: 'allowed',
    commit: 'c0ffee',
  });
  expect(withSource(before, question('refuted', { automatic: true })).verdict).toBe('denied');
});
