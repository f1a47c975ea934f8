import { z } from 'zod';

import { KustomizationFacts, PruneFacts, SourceFacts } from './flux-facts.ts';
import { CrashLog, OtherFacts, PodFacts, WarningFacts, WorkloadFacts } from './object-facts.ts';

/**
 * A complete list of one kind: whatever the manager knows of this cluster, kind and range of uids, that is not among `uids`
 * and not newer than the list, is gone. It closes the gap that a daemon leaves that did not see a deletion.
 */
export const ListingFacts = z.object({
  type: z.literal('listing'),
  of: z.enum(['workload', 'pod', 'kustomization', 'source']),
  /** Only objects of this kind. */
  kind: z.string().min(1).max(63),
  /** Only objects of this namespace; absent: of all. A daemon that watches some namespaces lists each by itself. */
  namespace: z.string().max(63).optional(),
  /** Of the list; what is newer than it was made after it. */
  resourceVersion: z.string().regex(/^\d{1,20}$/),
  /** The range `[from, to)` of uids in the order of their UTF-16 units that this piece is about; absent: open. */
  from: z.string().max(64).optional(),
  to: z.string().max(64).optional(),
  uids: z.array(z.string().min(1).max(64)).max(2_000),
});
export type ListingFacts = z.infer<typeof ListingFacts>;

/** What a daemon saw; a pure function of objects of the API server. The manager judges, the daemon does not. */
export const Observation = z.discriminatedUnion('type', [
  WorkloadFacts,
  PodFacts,
  WarningFacts,
  CrashLog,
  OtherFacts,
  KustomizationFacts,
  SourceFacts,
  PruneFacts,
  ListingFacts,
]);
export type Observation = z.infer<typeof Observation>;

/** An observation in its place in the outbox. Sequences rise, with gaps where a newer observation of the same object took over. */
export const SentObservation = z.object({
  sequence: z.number().int().min(1),
  /** When the daemon saw it, by its own clock. */
  seenAt: z.iso.datetime({ offset: true }),
  observation: Observation,
});
export type SentObservation = z.infer<typeof SentObservation>;
