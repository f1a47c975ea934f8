import type { ObjectCondition, OtherFacts } from '@release-manager/contract';

import { graces, secondsAfter } from './graces.ts';
import type { Signal } from './signal.ts';
import type { ExpectedObject, Subject } from './subject.ts';
import { conditionOf, isWorkload, labelOf } from './workload.ts';

type Status = { readonly is: 'current' } | { readonly is: 'waiting' | 'failed'; readonly says: string };

/**
 * The kstatus conventions (fluxcd/cli-utils, pkg/kstatus/status/{generic,core}.go): being deleted, a generation that was not
 * observed, `Reconciling`, `Stalled`, `Ready`. Without conditions an object is what it should be.
 */
function statusOf(object: OtherFacts): Status {
  const { generation = 0, observedGeneration = generation, terminating } = object;
  if (terminating !== undefined) return { is: 'waiting', says: 'is being deleted' };
  if (observedGeneration < generation) return { is: 'waiting', says: 'its controller has not seen the change yet' };
  const bad = badConditions.map(([type, status, is]) => ({ is, condition: conditionOf(object, type), status }));
  const found = bad.find(({ condition, status }) => condition !== undefined && status.includes(condition.status));
  if (found?.condition !== undefined) return { is: found.is, says: wordsOf(found.condition) };
  const isPending = object.object.kind === 'PersistentVolumeClaim' && object.phase !== 'Bound';
  return isPending ? { is: 'waiting', says: `is ${object.phase ?? 'Pending'}` } : { is: 'current' };
}

const badConditions: readonly (readonly [string, readonly string[], 'waiting' | 'failed'])[] = [
  ['Stalled', ['True'], 'failed'],
  ['Reconciling', ['True'], 'waiting'],
  ['Ready', ['False', 'Unknown'], 'waiting'],
];

function wordsOf({ type, status, message, reason }: ObjectCondition): string {
  return message ?? reason ?? `${type} is ${status}`;
}

/** Groups of Kubernetes itself, whose objects are what they are as soon as they are stored. */
const isCustom = ({ apiGroup }: ExpectedObject): boolean => apiGroup.includes('.') && !/(^|\.)k8s\.io$/.test(apiGroup);

/**
 * What the other objects of the release say: waited for while they are not what they should be, a failure when they say so or
 * when it takes too long. A claim alone never fails a release: it may wait for its first pod.
 */
export function otherSignals(subject: Subject, appliedAt: Date): readonly Signal[] {
  return subject.expected
    .filter((object) => !isWorkload(object))
    .map((object) => {
      const live = subject.facts.others.find((each) => isOf(each, object));
      return live === undefined ? unseenSignal(object, subject, appliedAt) : statusSignal(object, live);
    })
    .filter((signal) => signal !== undefined);
}

/** The daemon looks for custom resources only after Flux's inventory named them. */
function unseenSignal(object: ExpectedObject, { facts, now }: Subject, appliedAt: Date): Signal | undefined {
  const until = secondsAfter(appliedAt, graces.otherKinds);
  if (!isCustom(object) || until <= now || facts.daemon?.unwatched.includes(object.kind) === true) return undefined;
  const label = labelOf(object);
  return { key: `other.unseen ${label}`, until, why: { code: 'other.unseen', message: `${label} is looked for` } };
}

function statusSignal(object: ExpectedObject, live: OtherFacts): Signal | undefined {
  const status = statusOf(live);
  if (status.is === 'current') return undefined;
  const label = labelOf(object);
  const isFailed = status.is === 'failed';
  return {
    key: `other.${status.is} ${label}`,
    ...(object.kind === 'PersistentVolumeClaim' ? {} : { grace: isFailed ? graces.stalled : graces.otherDeadline }),
    why: {
      code: isFailed ? 'other.stalled' : 'other.not-ready',
      message: status.says,
      object: label,
      next: `see what its controller says: kubectl describe ${object.kind.toLowerCase()} ${object.name}`,
    },
  };
}

function isOf({ object, deleted }: OtherFacts, expected: ExpectedObject): boolean {
  const isSame = object.group === expected.apiGroup && object.kind === expected.kind && object.name === expected.name;
  return deleted !== true && isSame && (expected.namespace === '' || object.namespace === expected.namespace);
}
