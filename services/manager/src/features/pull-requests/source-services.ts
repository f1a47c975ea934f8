import { readReleaseYaml, type ReadReleaseYaml } from '@release-manager/config-repo';
import { AppError } from '@release-manager/domain';
import type { GithubApi, GithubRepository } from '@release-manager/github';

import type { Service } from '../services/index.ts';
import type { SourceService } from './concerned-services.ts';

const defaultFile = 'release.yaml';

/** Reads `release.yaml` of services as it is at one commit; what was read once is kept, since a commit never changes. */
export interface ReleaseYamls {
  of(
    repository: GithubRepository,
    sha: string,
    services: readonly Service[],
    signal: AbortSignal,
  ): Promise<readonly SourceService[]>;
}

const mostKept = 2000;

export function createReleaseYamls(github: Pick<GithubApi, 'contents'>): ReleaseYamls {
  const kept = new Map<string, ReadReleaseYaml | undefined>();

  const read = async (repository: GithubRepository, sha: string, file: string, signal: AbortSignal) => {
    const key = `${repository.owner}/${repository.repo} ${sha} ${file}`;
    if (kept.has(key)) return kept.get(key);
    const found = await readFile(github, { repository, sha, file }, signal);
    if (kept.size >= mostKept) kept.clear();
    kept.set(key, found);
    return found;
  };

  return {
    async of(repository, sha, services, signal) {
      const found: SourceService[] = [];
      // One after another: a monorepo of a hundred services is no reason to ask a hundred things at once.
      for (const { name, sourcePath, paths } of services) {
        const file = sourcePath ?? defaultFile;
        found.push({ name, file, releaseYaml: await read(repository, sha, file, signal), uploadedPaths: paths });
      }
      return found;
    },
  };
}

async function readFile(
  github: Pick<GithubApi, 'contents'>,
  { repository, sha, file }: { readonly repository: GithubRepository; readonly sha: string; readonly file: string },
  signal: AbortSignal,
): Promise<ReadReleaseYaml | undefined> {
  try {
    const text = await github.contents.read(repository, file, sha, signal);
    return text === undefined ? undefined : readReleaseYaml(Buffer.from(text));
  } catch (error) {
    // The path comes from an upload and may be none; what GitHub cannot say now is asked again.
    if (error instanceof AppError && error.kind === 'invalid')
      return { kind: 'broken', line: 1, message: error.message };
    throw error;
  }
}
