import { defineJob } from '@release-manager/queue';
import { z } from 'zod';

const Data = z.object({ artifactId: z.string() });
const parse = (data: unknown): z.infer<typeof Data> => Data.parse(data);

/** Judges what was uploaded. Enqueued under the artifact's id, so that an artifact has at most one job that has not begun. */
export const verifyArtifactJob = defineJob({
  name: 'artifacts.verify',
  parse,
  attempts: 10,
  // The worst archive that the limits let pass takes about a minute.
  timeoutSeconds: 300,
});

const ProveSource = z.object({
  artifactId: z.string(),
  /** How often GitHub said no to this question. */
  refusals: z.number().int().min(0).default(0),
});
export type ProveSource = z.infer<typeof ProveSource>;

/** Asks GitHub whether the commit of an artifact is on its branch. Enqueued under the artifact's id. */
export const proveSourceJob = defineJob({
  name: 'artifacts.prove-source',
  parse: (data: unknown): ProveSource => ProveSource.parse(data),
  // GitHub may be away for hours.
  attempts: 100,
  timeoutSeconds: 120,
  retryDelaySeconds: 2,
  retryDelayMaxSeconds: 300,
});

/** Says that an artifact became ready, or what is known of its source; releases hears it and applies the auto-release policies. */
export const artifactReadyJob = defineJob({
  name: 'artifacts.ready',
  parse,
  // It asks the config repo, whose host may be away for an hour.
  attempts: 100,
  timeoutSeconds: 120,
});
