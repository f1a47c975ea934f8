import { parseConfig, type ConfigSnapshot } from '@release-manager/config-repo';
import type { Oid, TreeReader } from '@release-manager/git';

const rootFiles = ['release-manager.yaml', 'people.yaml'];
const policyFolder = 'policies';

/**
 * Reads the files that rule. Nearly every commit is a release and touches none of them: their ids are compared first, so a
 * release costs three look-ups in trees that are in memory, however many policies there are.
 */
export function createSnapshotReader(): { read(commit: Oid, tree: TreeReader): Promise<ConfigSnapshot> } {
  let known: { key: string; files: ReadonlyMap<string, Buffer>; snapshot: ConfigSnapshot } | undefined;
  return {
    async read(commit, tree) {
      const ids = await Promise.all([...rootFiles, policyFolder].map((path) => tree.oid(path)));
      const key = ids.join(' ');
      if (known?.key !== key) {
        const files = await readFiles(tree);
        known = { key, files, snapshot: parseConfig(commit, files) };
      }
      return { ...known.snapshot, commit };
    },
  };
}

async function readFiles(tree: TreeReader): Promise<Map<string, Buffer>> {
  const policies = (await tree.list(policyFolder)) ?? [];
  const paths = policies
    .filter((entry) => entry.kind === 'file' && /\.(?:ya?ml|json)$/.test(entry.name))
    .map((entry) => `${policyFolder}/${entry.name}`);
  return tree.readMany([...rootFiles, ...paths]);
}
