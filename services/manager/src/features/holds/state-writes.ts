import {
  layout,
  parseStateFile,
  saysTheSame,
  stateFile,
  stateMessage,
  stateOf,
  type StateFile,
} from '@release-manager/config-repo';
import type { GitIdentity } from '@release-manager/domain';
import type { TreeReader } from '@release-manager/git';
import type { Db } from '@release-manager/postgres';

import { authorOf, type StopFile } from '../releases/index.ts';
import { describeChange } from './describe-change.ts';
import { keyOf, type Target } from './hold.ts';
import { StateFileStore, type StaleFile } from './state-file-store.ts';
import { readTargetStops, targetsBroughtBy, type TargetStops } from './target-stops.ts';

/** Files in one push: what is left over comes with the next. */
const filesAtOnce = 200;

/**
 * The files that may be behind on this tip, as their rows say they should be. What a release brings is among them only when that
 * release is named: it is written in the push that commits it. Files that say it already come without edits.
 */
export async function planStateFiles(
  db: Db,
  tree: TreeReader,
  { releaseIds, identity }: { readonly releaseIds: readonly string[]; readonly identity: GitIdentity },
): Promise<readonly StopFile[]> {
  const brought = await targetsBroughtBy(db, releaseIds);
  const stale = await new StateFileStore(db).behind(filesAtOnce, brought);
  if (stale.length === 0) return [];
  const stops = await readTargetStops(db, stale, releaseIds);
  const contents = await tree.readMany(stale.map(pathOf), { onTooLarge: 'skip' });
  return stale.map((file) => {
    const now = contents.get(pathOf(file));
    return toWrite(file, { now, wanted: wantedState(file, stops.get(keyOf(file))), identity });
  });
}

function wantedState(file: StaleFile, stops: TargetStops | undefined): StateFile {
  const { environment, service, version } = file;
  return stateOf({ environment, service, version, hold: stops?.hold, quarantines: stops?.quarantines ?? [] });
}

interface Compared {
  readonly now: Uint8Array | undefined;
  readonly wanted: StateFile;
  readonly identity: GitIdentity;
}

function toWrite(file: StaleFile, { now, wanted, identity }: Compared): StopFile {
  const { environment, service, version, actor, reason } = file;
  const before = readable(now);
  const author = authorOf(actor, identity);
  const says = describeChange(before, wanted);
  const message = stateMessage({ environment, service, says, actor, author, reason });
  const broken = now !== undefined && before === undefined;
  const put = { kind: 'put', path: pathOf(file), content: stateFile(wanted) } as const;
  return { environment, service, version, message, author, edits: !broken && saysTheSame(before, wanted) ? [] : [put] };
}

/** What is not as we write it says nothing, and is replaced. */
function readable(content: Uint8Array | undefined): StateFile | undefined {
  if (content === undefined) return undefined;
  const state = parseStateFile(content);
  return 'problem' in state ? undefined : state;
}

function pathOf({ environment, service }: Target): string {
  return layout.state(environment, service);
}
