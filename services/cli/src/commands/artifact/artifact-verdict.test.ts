import type { ArtifactView } from '@release-manager/contract';
import { expect, it } from 'vitest';

import { doubtOf } from './artifact-verdict.ts';

const at = '2026-05-04T10:00:00Z';

it.each<[string, ArtifactView['source'], string | undefined]>([
  ['nobody is asked', undefined, undefined],
  ['GitHub is being asked', { state: 'waiting', says: 'being asked', at }, undefined],
  ['it is proven', { state: 'proven', says: 'yes', at, answer: 'identical' }, undefined],
  ['GitHub said no, and is asked again', { state: 'waiting', says: 'not yet', at, answer: 'ahead' }, 'not yet'],
  ['GitHub said no', { state: 'refuted', says: 'not on main', at, answer: 'diverged', next: 'push it' }, 'not on main'],
])('%s', (_, source, said) => {
  const doubt = doubtOf({ source } as ArtifactView);
  expect(doubt?.message).toBe(said === undefined ? undefined : `It counts in no protected environment yet: ${said}.`);
  expect(doubt?.next).toBe(said === undefined ? undefined : source?.next);
});
