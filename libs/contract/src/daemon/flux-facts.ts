import { z } from 'zod';

import { ObjectCondition, ObjectRef } from './object-facts.ts';

const revision = z.string().max(500);
const time = z.iso.datetime({ offset: true });

/** Where Flux says what an object of a Kustomization is: `<namespace>_<name>_<group>_<kind>`. */
const InventoryId = z.string().min(1).max(700);

/** A Kustomization: a service's own, or the root of an environment. */
export const KustomizationFacts = z.object({
  type: z.literal('kustomization'),
  object: ObjectRef,
  deleted: z.literal(true).optional(),
  /** The manager's labels on it, where it has them: a root has none. */
  service: z.string().max(63).optional(),
  environment: z.string().max(63).optional(),
  generation: z.number().int().min(0),
  observedGeneration: z.number().int().min(0),
  terminating: time.optional(),
  suspended: z.boolean(),
  path: z.string().max(1_000).optional(),
  source: z.object({ kind: z.string().max(63), namespace: z.string().max(63), name: z.string().max(317) }).optional(),
  lastAppliedRevision: revision.optional(),
  lastAppliedOriginRevision: revision.optional(),
  lastAttemptedRevision: revision.optional(),
  /** Origin revision of `status.history[0]`: the commit of the last attempt in the sliced layout. */
  lastAttemptedOriginRevision: revision.optional(),
  conditions: z.array(ObjectCondition).max(30),
  inventory: z.array(InventoryId).max(2_000),
  /** True when the inventory is longer than is sent. */
  inventoryCut: z.literal(true).optional(),
});
export type KustomizationFacts = z.infer<typeof KustomizationFacts>;

/** A GitRepository, ArtifactGenerator or ExternalArtifact: what Kustomizations read from. */
export const SourceFacts = z.object({
  type: z.literal('source'),
  object: ObjectRef,
  deleted: z.literal(true).optional(),
  generation: z.number().int().min(0),
  observedGeneration: z.number().int().min(0),
  suspended: z.boolean(),
  /** `status.artifact.revision`. */
  revision: revision.optional(),
  /** Of an ExternalArtifact: `org.opencontainers.image.revision`, the commit it was cut from. */
  originRevision: revision.optional(),
  conditions: z.array(ObjectCondition).max(30),
});
export type SourceFacts = z.infer<typeof SourceFacts>;

/**
 * What became of the inventory of a Kustomization that was deleted: the daemon keeps the last one and looks at each entry
 * until all are gone, have another owner, or cannot be read.
 */
export const PruneFacts = z.object({
  type: z.literal('prune'),
  /** The Kustomization as it was last seen. */
  object: ObjectRef,
  /** How many entries there were; `remaining` and `unreadable` may be cut. */
  entries: z.number().int().min(0),
  remaining: z
    .array(
      z.object({
        id: InventoryId,
        terminating: time.optional(),
        finalizers: z.array(z.string().max(317)).max(20),
      }),
    )
    .max(100),
  /** Kinds that the daemon may not read. */
  unreadable: z.array(InventoryId).max(100),
  done: z.boolean(),
});
export type PruneFacts = z.infer<typeof PruneFacts>;
