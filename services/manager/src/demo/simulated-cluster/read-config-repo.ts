import type { ArtifactFile } from '@release-manager/domain';

import { bareEnvironment, runProgram } from '../processes/run-program.ts';

/** The config repo as a clone of it would be. */
export interface RepositoryReader {
  /** The newest commit of main; nothing while there is none. */
  tip(): Promise<string | undefined>;
  /** Every file below some folders, with its path from the root. */
  files(commit: string, folders: readonly string[]): Promise<ArtifactFile[]>;
}

export function createRepositoryReader(path: string): RepositoryReader {
  const git = async (
    args: readonly string[],
    input = '',
  ): Promise<{ code: number; stdout: string; stderr: string }> => {
    const env = { ...bareEnvironment(path), GIT_CONFIG_GLOBAL: '/dev/null' };
    return runProgram('git', ['-c', 'safe.directory=*', ...args], { cwd: path, env, input });
  };
  return {
    async tip() {
      const { code, stdout } = await git(['rev-parse', '--verify', '--quiet', 'refs/heads/main']);
      return code === 0 ? stdout.trim() : undefined;
    },
    async files(commit, folders) {
      const tree = await git(['ls-tree', '-r', '-z', '--name-only', commit, '--', ...folders]);
      if (tree.code !== 0) throw new Error(`git ls-tree failed: ${tree.stderr}`);
      const paths = tree.stdout.split('\0').filter((each) => each !== '');
      const names = paths.map((each) => `${commit}:${each}\n`).join('');
      const batch = await git(['cat-file', '--batch'], names);
      if (batch.code !== 0) throw new Error(`git cat-file failed: ${batch.stderr}`);
      return splitBatch(Buffer.from(batch.stdout), paths);
    },
  };
}

/** Of each file a line `<id> blob <size>`, then its content, then a newline. */
function splitBatch(output: Buffer, paths: readonly string[]): ArtifactFile[] {
  let offset = 0;
  return paths.map((path) => {
    const end = output.indexOf('\n', offset);
    const size = Number(output.subarray(offset, end).toString().split(' ').at(-1));
    const content = output.subarray(end + 1, end + 1 + size);
    offset = end + 1 + size + 1;
    return { path, content };
  });
}
