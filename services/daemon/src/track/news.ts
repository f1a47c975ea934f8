import { hash } from 'node:crypto';

import type { Observation } from '@release-manager/contract';

/** One that is about an object at one of its versions. */
export type ObjectObservation = Extract<Observation, { object: unknown }>;

/** What was last said of each object, as a hash, so that what did not change is not said again. */
export class News {
  readonly #said = new Map<string, number>();

  /** True when it says something else than the last time, its version aside. */
  isNews(observation: ObjectObservation): boolean {
    const { object, ...facts } = observation;
    // 48 bits: two different states of one object in a row with the same hash are not to be expected in the life of a cluster.
    const digest = hash('sha1', JSON.stringify([object.uid, facts]), 'buffer').readUIntBE(0, 6);
    const key = keyOf(observation);
    if (this.#said.get(key) === digest) return false;
    this.#said.set(key, digest);
    return true;
  }

  forget(observation: ObjectObservation): void {
    this.#said.delete(keyOf(observation));
  }

  forgetObject(uid: string): void {
    this.#said.delete(uid);
  }

  /** From now on everything is news. */
  clear(): void {
    this.#said.clear();
  }
}

/** What became of an inventory is said beside the facts of the Kustomization it was of. */
function keyOf({ type, object }: ObjectObservation): string {
  return type === 'prune' ? `prune ${object.uid}` : object.uid;
}
