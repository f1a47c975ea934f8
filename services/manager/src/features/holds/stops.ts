import type { GitIdentity } from '@release-manager/domain';

import type { Stops } from '../releases/index.ts';
import { readStops } from './read-stops.ts';
import { settle } from './settle.ts';
import { StateFileStore } from './state-file-store.ts';
import { planStateFiles } from './state-writes.ts';

/** Holds and quarantines as automation, people's requests and the writer ask for them. */
export function createStops({ identity }: { readonly identity: GitIdentity }): Stops {
  return {
    on: readStops,
    settle,
    files: (db, tree, releaseIds) => planStateFiles(db, tree, { releaseIds, identity }),
    written: (db, files) =>
      new StateFileStore(db).written(
        files.map(({ environment, service, version }) => ({ environment, service, version })),
      ),
  };
}
