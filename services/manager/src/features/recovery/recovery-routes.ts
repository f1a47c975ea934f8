import type { Database } from '@release-manager/postgres';

import type { Routes } from '../../http/index.ts';
import type { Rights } from '../access/index.ts';
import { toReleaseView, type Release, type Stops } from '../releases/index.ts';
import { RecoveryStore } from './recovery-store.ts';
import { toRecoveryView } from './recovery-view.ts';
import { resume, whatWouldGoOut } from './resume.ts';

export interface RecoveryRouteDeps {
  readonly database: Database;
  readonly rights: Rights;
  readonly now: () => Date;
  readonly stops?: Pick<Stops, 'on'> | undefined;
}

const mostSkipped = 100;

/** How much of a lost memory is back, and the one door through which automation goes on afterwards. */
export function createRecoveryRoutes(deps: RecoveryRouteDeps): Routes<'showRecovery' | 'resumeAutomation'> {
  const { database, rights } = deps;
  return {
    async showRecovery() {
      const store = new RecoveryStore(database.db);
      const recovery = await store.read();
      const held = await whatWouldGoOut(deps);
      return toRecoveryView(recovery, { held: held.length, skipped: await store.skipped(mostSkipped) });
    },

    async resumeAutomation({ principal, actor, body }) {
      rights.assertMay(principal, { verb: 'admin' });
      const { state } = await new RecoveryStore(database.db).read();
      if (body.dryRun === true) {
        const held = await whatWouldGoOut(deps);
        return { state, resumed: false, releases: held.map(toReleaseView) };
      }
      const releases: readonly Release[] = await resume(deps, actor);
      return { state: 'whole', resumed: state === 'held', releases: releases.map(toReleaseView) };
    },
  };
}
