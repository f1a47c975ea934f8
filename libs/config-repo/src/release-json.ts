import { releaseIntents, type ReleaseIntent } from '@release-manager/domain';
import { z } from 'zod';

/**
 * `release.json` beside the manifests: which release put them there. It makes every release a change of its folder, also
 * when an artifact comes back, so that a slice of the repository always moves with it.
 */
export const ReleaseJson = z.looseObject({
  releaseId: z.string(),
  artifactId: z.string(),
  intent: z.enum(releaseIntents),
  actor: z.string(),
  time: z.iso.datetime({ offset: true }),
  reason: z.string().optional(),
});
export type ReleaseJson = z.infer<typeof ReleaseJson>;

export interface ReleaseFacts {
  readonly id: string;
  readonly intent: ReleaseIntent;
  readonly actorName: string;
  readonly reason?: string;
  readonly at: Date;
}

export function releaseJson(artifactId: string, release: ReleaseFacts): ReleaseJson {
  return {
    releaseId: release.id,
    artifactId,
    intent: release.intent,
    actor: release.actorName,
    time: release.at.toISOString(),
    ...(release.reason === undefined ? {} : { reason: release.reason }),
  };
}

/** The release that the folder holds; nothing when the file is not one of ours. */
export function parseReleaseJson(content: Uint8Array): ReleaseJson | undefined {
  try {
    return ReleaseJson.safeParse(JSON.parse(Buffer.from(content).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** JSON that is the same for the same data, whatever order its keys were given in. */
export function stableJson(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(sorted(value), undefined, 2)}\n`);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]): [string, unknown] => [key, sorted(entry)]));
}
