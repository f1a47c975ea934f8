import type { Observation } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';
import { silentLogger } from '@release-manager/runtime';
import { expect, it } from 'vitest';

import { Reporter } from './reporter.ts';

function source(revision: string, resourceVersion: string): Extract<Observation, { type: 'source' }> {
  const object = { group: 'g', kind: 'GitRepository', namespace: 'n', name: 'x', uid: 'u', resourceVersion };
  return { type: 'source', object, generation: 1, observedGeneration: 1, suspended: false, revision, conditions: [] };
}

it('what says nothing new is not said again, whatever its version', () => {
  const said: Observation[] = [];
  const reporter = new Reporter({ append: (observation) => void said.push(observation) }, silentLogger);
  reporter.publish(source('r1', '1'));
  reporter.publish(source('r1', '2'));
  reporter.publish(source('r2', '3'));
  reporter.publish(source('r1', '4'));
  expect(said.map((one) => 'object' in one && one.object.resourceVersion)).toEqual(['1', '3', '4']);
  reporter.forgetEverything();
  reporter.publish(source('r1', '4'));
  expect(said).toHaveLength(4);
});

it('what the disk refused is counted, and said when there is room', () => {
  const said: Observation[] = [];
  let isFull = true;
  const append = (observation: Observation): void => {
    if (isFull) throw new AppError('unavailable', 'outbox.disk', 'no space left on device');
    said.push(observation);
  };
  const reporter = new Reporter({ append }, silentLogger);
  reporter.publish(source('r1', '1'));
  expect(reporter.takeLost()).toBe(1);
  isFull = false;
  reporter.publish(source('r1', '1'));
  expect(said).toHaveLength(1);
  expect(reporter.takeLost()).toBe(0);
});

it('what does not fit the contract stops nobody else', () => {
  const said: Observation[] = [];
  const reporter = new Reporter({ append: (observation) => void said.push(observation) }, silentLogger);
  reporter.publish(source('r1', 'no number'));
  reporter.publish({ ...source('r2', '1'), object: { ...source('r2', '1').object, uid: 'v' } });
  expect(said).toHaveLength(1);
});
