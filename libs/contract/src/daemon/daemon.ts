import { z } from 'zod';

import { Nothing, Timestamp } from '../common.ts';
import type { Operation } from '../operation.ts';
import { SentObservation } from './observation.ts';

const daemons = ['daemon'] as const;

/** What the daemon says of itself with each batch; an empty batch is a heartbeat. */
export const DaemonFacts = z.object({
  version: z.string().max(100),
  /** False while the first lists are being read: silence about an object means nothing yet. */
  synced: z.boolean(),
  /** What the cluster can: decides whether `sliced` is recommended, and whether a poke is possible. */
  canPoke: z.boolean(),
  hasExternalArtifacts: z.boolean(),
  hasArtifactGenerators: z.boolean(),
  /** Kinds that should be watched and may not be read, or do not exist, with why. */
  unwatched: z.array(z.object({ kind: z.string().max(100), why: z.string().max(500) })).max(50),
  /** Observations that wait in the outbox behind this batch. */
  backlog: z.number().int().min(0),
});
export type DaemonFacts = z.infer<typeof DaemonFacts>;

/** Observations in one batch, at most; with the facts bounded as they are, a batch stays below the request limit by `bytes`. */
export const batchLimits = { observations: 200, bytes: 512 * 1024 } as const;

export const reportObservations = {
  id: 'reportObservations',
  method: 'post',
  path: '/v1/daemon/observations',
  summary:
    'Takes what a daemon saw, in the order of its outbox. What was taken before is skipped; environment and cluster come from the token.',
  callers: daemons,
  params: Nothing,
  query: Nothing,
  body: z.object({
    /** Random id of the outbox, kept beside it: a new or second daemon starts its own numbering. */
    outbox: z.string().regex(/^[0-9a-f]{32}$/),
    daemon: DaemonFacts,
    /** The last sequence of which this outbox was told that it was taken; 0 before the first answer. */
    acknowledged: z.number().int().min(0).optional(),
    observations: z.array(SentObservation).max(batchLimits.observations),
  }),
  result: z.object({
    /** Everything up to this sequence is kept here and may be forgotten there. */
    acknowledged: z.number().int().min(0),
    /**
     * True when the manager does not know what this outbox sent before (its database was lost): the daemon begins a new
     * outbox and tells everything again.
     */
    startOver: z.boolean(),
  }),
} satisfies Operation;

const commandId = z.string().regex(/^cmd_[0-9a-z]{26}$/);

/** What the manager asks of a daemon. Each is safe to run twice. */
export const DaemonCommand = z.discriminatedUnion('kind', [
  z.object({
    id: commandId,
    kind: z.literal('flux.poke'),
    /** The commit that Flux should look for; the Receiver does not need it, the log does. */
    commit: z.string().max(64),
  }),
  z.object({
    id: commandId,
    kind: z.literal('logs.fetch'),
    namespace: z.string().max(63),
    pod: z.string().max(317),
    container: z.string().max(317),
    previous: z.boolean(),
    lines: z.number().int().min(1).max(2_000),
  }),
]);
export type DaemonCommand = z.infer<typeof DaemonCommand>;

export const takeCommands = {
  id: 'takeCommands',
  method: 'get',
  path: '/v1/daemon/commands',
  summary: 'Waits for commands, and leases them to this daemon for a minute; a lease that runs out is given again.',
  callers: daemons,
  params: Nothing,
  query: z.strictObject({
    /** Seconds to wait when there is nothing to do. */
    wait: z.coerce.number().int().min(0).max(50).default(25),
    outbox: z.string().regex(/^[0-9a-f]{32}$/),
  }),
  body: Nothing,
  result: z.object({ commands: z.array(DaemonCommand) }),
} satisfies Operation;

export const finishCommand = {
  id: 'finishCommand',
  method: 'post',
  path: '/v1/daemon/commands/{id}/result',
  summary: 'Says what became of a command. Said twice, the first answer counts.',
  callers: daemons,
  params: z.strictObject({ id: commandId }),
  query: Nothing,
  body: z.object({
    outcome: z.enum(['done', 'failed']),
    message: z.string().max(2_000).optional(),
    /** Of `logs.fetch`: redacted, without ANSI. */
    lines: z.array(z.string().max(4_000)).max(2_000).optional(),
    cut: z.boolean().optional(),
  }),
  result: z.object({ finishedAt: Timestamp }),
} satisfies Operation;
