import { textAt, type Fields } from '../objects/index.ts';
import { concerns, inventoryOf, kustomizationFacts, sourceFacts, type InventoryEntry } from '../observe/index.ts';
import type { KindTracker, Surroundings } from './kind-tracker.ts';

/** A Kustomization of a service, as the rooms need it that look at what it applied. */
export interface ServiceKustomization {
  readonly facts: ReturnType<typeof kustomizationFacts>;
  readonly service: string;
  /** Whole, where the facts may have been cut. */
  readonly inventory: readonly InventoryEntry[];
}

export interface KustomizationListener {
  seen(kustomization: ServiceKustomization): void;
  /** By uid: those that were deleted unseen too. */
  gone(uid: string): void;
  /** A list was read to its end: every uid that exists, in that namespace where one is given. */
  listed?(uids: ReadonlySet<string>, namespace: string | undefined): void;
}

/** Kustomizations that have to do with this environment. */
export function trackKustomizations(
  environment: string,
  { reporter, owned }: Surroundings,
  listener: KustomizationListener,
): KindTracker {
  const missing = (uid: string): void => {
    owned.delete(uid);
    reporter.forgetObject(uid);
    listener.gone(uid);
  };
  return {
    of: 'kustomization',
    isTold: (uid) => owned.serviceOf(uid) !== undefined,
    seen(object) {
      if (!concerns(object, environment)) return;
      const facts = kustomizationFacts(object);
      owned.add(facts.object.uid, facts.service ?? '');
      reporter.publish(facts);
      if (facts.service !== undefined) listener.seen({ facts, service: facts.service, inventory: inventoryOf(object) });
    },
    deleted(object) {
      if (concerns(object, environment)) reporter.publish({ ...kustomizationFacts(object), deleted: true });
      missing(textAt(object, 'metadata', 'uid') ?? '');
    },
    missing,
    listed: (uids, namespace) => listener.listed?.(new Set(uids), namespace),
  };
}

/** GitRepositories, ArtifactGenerators and ExternalArtifacts: few of the first two, one per service of the last. */
export function trackSources({ reporter, owned }: Surroundings): KindTracker {
  const missing = (uid: string): void => {
    owned.delete(uid);
    reporter.forgetObject(uid);
  };
  return {
    of: 'source',
    seen(object: Fields) {
      const facts = sourceFacts(object);
      owned.add(facts.object.uid, '');
      reporter.publish(facts);
    },
    deleted(object: Fields) {
      reporter.publish({ ...sourceFacts(object), deleted: true });
      missing(textAt(object, 'metadata', 'uid') ?? '');
    },
    missing,
  };
}
