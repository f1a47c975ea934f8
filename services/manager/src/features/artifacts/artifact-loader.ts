import { createHash } from 'node:crypto';

import { defaultArchiveLimits, readArchive } from '@release-manager/archive';
import { AppError, type ArtifactFile } from '@release-manager/domain';
import type { ArtifactStore } from '@release-manager/storage';

import { artifactKey, type Artifact, type ArtifactFiles } from './artifact.ts';

/** Reads the rendered files of verified artifacts. */
export interface ArtifactLoader {
  /**
   * @throws AppError not-found, unavailable from the store; invalid `artifact.changed` when what lies there is not what was
   *   verified
   */
  load(artifact: Artifact): Promise<ArtifactFiles>;
  /** Keeps files that were just read for another reason. */
  keep(id: string, files: readonly ArtifactFile[]): void;
}

/**
 * Keeps the last artifacts in memory, at most `cacheBytes` of them: one artifact usually goes to several environments within
 * seconds of its verification, and the store is a network away.
 */
export function createArtifactLoader(store: ArtifactStore, cacheBytes: number): ArtifactLoader {
  const cache = new Map<string, { files: ArtifactFiles; bytes: number }>();
  let held = 0;

  const remember = (id: string, files: ArtifactFiles): void => {
    if (cache.has(id)) return;
    const bytes = [...files.values()].flat().reduce((sum, file) => sum + file.content.byteLength, 0);
    cache.set(id, { files, bytes });
    held += bytes;
    for (const [oldest, entry] of cache) {
      if (held <= cacheBytes) break;
      cache.delete(oldest);
      held -= entry.bytes;
    }
  };

  return {
    async load(artifact) {
      const kept = cache.get(artifact.id);
      if (kept !== undefined) {
        // Last used goes to the end: Map keeps the order of insertion.
        cache.delete(artifact.id);
        cache.set(artifact.id, kept);
        return kept.files;
      }
      const zip = await store.read(artifactKey(artifact), defaultArchiveLimits.zipBytes);
      assertUnchanged(artifact, zip);
      const files = byEnvironment(await readArchive(zip));
      remember(artifact.id, files);
      return files;
    },
    keep: (id, files) => remember(id, byEnvironment(files)),
  };
}

/** Only the manager writes there; what somebody else put in its place was never verified. */
function assertUnchanged({ id, zipSha256 }: Artifact, zip: Uint8Array): void {
  if (createHash('sha256').update(zip).digest('hex') === zipSha256) return;
  throw new AppError('invalid', 'artifact.changed', `What the store holds as ${id} is not what was verified.`, {
    next: 'find out who else writes to the store, and push the artifact again from CI',
  });
}

/** Splits the files of an archive by their first folder. `artifact.json` is of no environment. */
export function byEnvironment(files: readonly ArtifactFile[]): ArtifactFiles {
  const environments = new Map<string, ArtifactFile[]>();
  for (const { path, content } of files) {
    const slash = path.indexOf('/');
    if (slash < 0) continue;
    const environment = path.slice(0, slash);
    const its = environments.get(environment) ?? [];
    its.push({ path: path.slice(slash + 1), content });
    environments.set(environment, its);
  }
  return environments;
}
