import { AppError } from '@release-manager/domain';
import fc from 'fast-check';
import { expect, it } from 'vitest';

import { changedJobs } from './changed-jobs.ts';
import { checkManifests } from './manifest-checker.ts';
import { diffManifests, renderDiff } from './manifest-diff.ts';
import { fileOf, helmOutput, kustomizeOutput, objectsIn } from './manifest-fixtures.ts';
import { parseManifests } from './manifest-parser.ts';
import { stampManifests } from './stamp.ts';

const scope = { environment: 'prod', service: 'web', namespace: 'shop', allowKinds: [] };
const stamp = { service: 'web', artifactId: 'main-1', releaseId: 'rel_1' };
const base = `${helmOutput}---\n${kustomizeOutput}`;
const indicators = ['\n', ' ', '\t', '---\n', '- ', ': ', '? ', '{', '}', '[', ']', ',', '"', "'", '|', '>', '#'];
const words = ['&a ', '*a ', '<<: *a\n', '!!str ', '%', '\r\n', '\ufeff', '\0', 'x', '1e999', '...\n'];
const keys = ['kind: List\n', 'items:\n', 'metadata:\n', 'labels: '];
const piece = fc.constantFrom(...indicators, ...words, ...keys);
const mutation = fc.record({ at: fc.nat(base.length), cut: fc.nat(30), text: piece });

it('answers every text with objects or problems, and never with a crash', () => {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (mutations) => {
      const text = mutations.reduce(
        (all, { at, cut, text: put }) => all.slice(0, at) + put + all.slice(at + cut),
        base,
      );
      const files = [fileOf(text)];
      checkManifests(parseManifests(files), scope);
      renderDiff(diffManifests([fileOf(base)], files));
      changedJobs(files, [fileOf(base)]);
      expect(stampedOrRefused(text)).toBe(true);
    }),
    { numRuns: 150 },
  );
});

/** What can be stamped can be read afterwards, with as many objects as before. */
function stampedOrRefused(text: string): boolean {
  try {
    const result = stampManifests([fileOf(text)], stamp);
    return objectsIn(result).length === objectsIn([fileOf(text)]).length;
  } catch (error) {
    return error instanceof AppError;
  }
}

it('answers every sequence of bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
      const parsed = parseManifests([{ path: 'a.yaml', content }]);
      const { objects, problems } = checkManifests(parsed, scope);
      expect(objects.length + problems.length).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});
