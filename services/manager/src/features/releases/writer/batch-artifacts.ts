import type { ConfigSnapshot } from '@release-manager/config-repo';
import { AppError } from '@release-manager/domain';

import { ArtifactRecords, type Artifact, type ArtifactFiles, type ArtifactLoader } from '../../artifacts/index.ts';
import type { Release } from '../release.ts';
import { restoreArtifact, type Restored, type RestoreDeps } from './restore-artifact.ts';

export interface ArtifactDeps extends RestoreDeps {
  readonly loader: ArtifactLoader;
}

/** An artifact with the files that a release of it needs. */
export interface LoadedArtifact {
  readonly artifact: Artifact | undefined;
  /** Nothing for an undeploy, and for what the decision refuses anyway. */
  readonly files: ArtifactFiles | undefined;
  /** They come from the history of the config repo, and carry the stamp of then. */
  readonly isRestored: boolean;
}

/**
 * The artifacts of one batch. A rollback does not depend on the artifact store: what that lost, or does not give out just now, is
 * taken from the history of the config repo.
 */
export class BatchArtifacts {
  readonly #deps: ArtifactDeps;
  readonly #snapshot: ConfigSnapshot;
  readonly #known: ReadonlyMap<string, Artifact>;
  /** Of artifacts that are not recorded; by release, since each environment has files of its own. */
  readonly #restored: ReadonlyMap<string, Restored | Error>;

  private constructor(
    deps: ArtifactDeps,
    snapshot: ConfigSnapshot,
    found: { known: ReadonlyMap<string, Artifact>; restored: ReadonlyMap<string, Restored | Error> },
  ) {
    this.#deps = deps;
    this.#snapshot = snapshot;
    this.#known = found.known;
    this.#restored = found.restored;
  }

  static async read(
    deps: ArtifactDeps,
    releases: readonly Release[],
    snapshot: ConfigSnapshot,
  ): Promise<BatchArtifacts> {
    const ids = [...new Set(releases.flatMap(({ artifactId }) => artifactId ?? []))];
    const known = await new ArtifactRecords(deps.database.db).findMany(ids);
    const restored = new Map<string, Restored | Error>();
    for (const release of releases) {
      if (!isRollback(release) || known.has(release.artifactId)) continue;
      // One that cannot be had stops its own release, and no other of the batch.
      restored.set(release.id, await restoreArtifact(deps, release, { known: undefined, snapshot }).catch(asError));
    }
    return new BatchArtifacts(deps, snapshot, { known, restored });
  }

  /** What is known of the artifact of a release, without its files. */
  of({ id, artifactId }: Pick<Release, 'id' | 'artifactId'>): Artifact | undefined {
    const restored = this.#restored.get(id);
    if (restored !== undefined) return restored instanceof Error ? undefined : restored.artifact;
    return this.#known.get(artifactId ?? '');
  }

  /** @throws AppError not-found, invalid, unavailable when its files cannot be had */
  async load(release: Release): Promise<LoadedArtifact> {
    const restored = this.#restored.get(release.id);
    if (restored instanceof Error) throw restored;
    if (restored !== undefined) return { ...restored, isRestored: true };
    const artifact = this.of(release);
    if (artifact?.environments[release.environment]?.state !== 'ready')
      return { artifact, files: undefined, isRestored: false };
    try {
      return { artifact, files: await this.#deps.loader.load(artifact), isRestored: false };
    } catch (error) {
      if (!isRollback(release)) throw error;
      return { ...(await this.#restore(release, artifact, error)), isRestored: true };
    }
  }

  async #restore(release: Rollback, known: Artifact, why: unknown): Promise<Restored> {
    try {
      return await restoreArtifact(this.#deps, release, { known, snapshot: this.#snapshot });
    } catch (error) {
      // A store that is away comes back, so what only it has is not lost.
      throw isPassing(why) ? why : error;
    }
  }
}

type Rollback = Release & { readonly artifactId: string };

function isRollback(release: Release): release is Rollback {
  return release.intent === 'rollback' && release.artifactId !== undefined;
}

function isPassing(error: unknown): boolean {
  return error instanceof AppError && (error.kind === 'unavailable' || error.kind === 'limited');
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
