import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { Edit } from '@release-manager/config-repo';
import type { ArtifactFile } from '@release-manager/domain';
import { exists } from '@release-manager/testing/go-tool';

import { createPerson } from '../../../services/manager/src/demo/processes/person.ts';

/** A person's clone of a config repo, which may be empty. */
export interface ConfigClone {
  /** Takes what is new on the remote. */
  pull(): Promise<void>;
  /** `undefined` for a file that is not there. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** The files below a folder, with paths below it. */
  files(folder: string): Promise<ArtifactFile[]>;
  /** Makes the changes, commits and pushes them; @returns the full hash. */
  commit(edits: readonly Edit[], message: string): Promise<string>;
  remove(): Promise<void>;
}

export async function cloneConfigRepo(url: string): Promise<ConfigClone> {
  const home = await mkdtemp(join(tmpdir(), 'config-clone-'));
  const pat = await createPerson({ name: 'Pat Person', email: 'pat@example.com', home });
  const clone = join(home, 'clone');
  await pat.git(['clone', '--quiet', url, clone]);
  const at = (path: string): string => join(clone, path);
  return {
    async pull() {
      await pat.git(['pull', '--quiet', '--ff-only', 'origin', 'main'], clone);
    },
    read: (path) => readFile(at(path)).catch(() => undefined),
    async files(folder) {
      if (!(await exists(at(folder)))) return [];
      const entries = await readdir(at(folder), { recursive: true, withFileTypes: true });
      const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
      return Promise.all(
        paths.map(async (path) => ({ path: path.slice(at(folder).length + 1), content: await readFile(path) })),
      );
    },
    async commit(edits, message) {
      for (const edit of edits) await perform(edit, at);
      await pat.git(['add', '--all'], clone);
      await pat.git(['commit', '--quiet', '--message', message], clone);
      await pat.git(['push', '--quiet', 'origin', 'HEAD:refs/heads/main'], clone);
      return (await pat.git(['rev-parse', 'HEAD'], clone)).trim();
    },
    remove: () => rm(home, { recursive: true, force: true, maxRetries: 3 }),
  };
}

async function perform(edit: Edit, at: (path: string) => string): Promise<void> {
  if (edit.kind === 'put') return put(at(edit.path), edit.content);
  await rm(at(edit.path), { recursive: true, force: true, maxRetries: 10 });
  if (edit.kind === 'replace-folder') {
    for (const { path, content } of edit.files) await put(join(at(edit.path), path), content);
  }
}

async function put(path: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
