import { largestFile, parseConfig, type ConfigFile, type ConfigSnapshot } from '@release-manager/config-repo';
import { isTreePath, type Oid, type TreeReader } from '@release-manager/git';

const rootFiles = ['release-manager.yaml', 'people.yaml'];
const policyFolder = 'policies';

/**
 * Reads the files that rule. Nearly every commit is a release and touches none of them: their ids are compared first, so a
 * release costs three look-ups in trees that are in memory, however many policies there are.
 */
export function createSnapshotReader(): { read(commit: Oid, tree: TreeReader): Promise<ConfigSnapshot> } {
  let known: { key: string; snapshot: ConfigSnapshot } | undefined;
  return {
    async read(commit, tree) {
      const ids = await Promise.all([...rootFiles, policyFolder].map((path) => tree.oid(path)));
      const key = ids.join(' ');
      if (known?.key !== key) {
        known = { key, snapshot: parseConfig(commit, await readFiles(tree)) };
      }
      return { ...known.snapshot, commit };
    },
  };
}

/** Sizes come first: one huge file stops what it speaks of, and neither this process nor the other files. */
async function readFiles(tree: TreeReader): Promise<Map<string, ConfigFile>> {
  const policies = (await tree.list(policyFolder)) ?? [];
  const paths = policies
    .filter((entry) => entry.kind === 'file' && /\.(?:ya?ml|json)$/.test(entry.name))
    .map((entry) => `${policyFolder}/${entry.name}`);
  const sizes = await tree.sizes([...rootFiles, ...paths.filter(isTreePath)]);
  const readable = [...sizes].filter(([, size]) => size <= largestFile).map(([path]) => path);
  const contents = await tree.readMany(readable, { onTooLarge: 'skip' });
  const files = new Map<string, ConfigFile>();
  for (const [path, byteLength] of sizes) files.set(path, contents.get(path) ?? { byteLength });
  // No service can be meant by such a name, and the file is called broken for it.
  for (const path of paths) if (!isTreePath(path)) files.set(path, { byteLength: 0 });
  return files;
}
