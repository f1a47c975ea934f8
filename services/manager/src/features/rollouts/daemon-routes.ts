import { AppError, type Actor } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';

import type { Routes } from '../../http/index.ts';
import type { Rights } from '../access/index.ts';
import { boundedAnswer } from './commands/bounded-answer.ts';
import { CommandStore } from './commands/command-store.ts';
import type { CommandWatch } from './commands/command-watch.ts';
import type { ClusterPlace } from './intake/observation-store.ts';
import { takeBatch } from './intake/take-batch.ts';

export interface DaemonRouteDeps {
  readonly database: Database;
  readonly rights: Rights;
  readonly commands: CommandWatch;
  readonly now: () => Date;
}

/** What daemons call. Environment and cluster are those of the token: a daemon speaks for no other. */
export function createDaemonRoutes({
  database,
  rights,
  commands,
  now,
}: DaemonRouteDeps): Routes<'reportObservations' | 'takeCommands' | 'finishCommand'> {
  return {
    async reportObservations({ principal, actor, body }) {
      const place = placeOf(actor);
      rights.assertMay(principal, { verb: 'report', ...place });
      return takeBatch({ database, now }, place, body);
    },

    async takeCommands({ principal, actor, query, signal }) {
      const place = placeOf(actor);
      rights.assertMay(principal, { verb: 'report', ...place });
      const store = new CommandStore(database.db);
      const waiter = commands.join(place);
      try {
        const open = await store.lease(place, now());
        if (open.length > 0) return { commands: [...open] };
        await waiter.wait({ seconds: query.wait, signal });
        // Who hung up would not hear of it: a lease would only delay it for another.
        return { commands: signal.aborted ? [] : [...(await store.lease(place, now()))] };
      } finally {
        waiter.leave();
      }
    },

    async finishCommand({ principal, params, body }) {
      const store = new CommandStore(database.db);
      const command = await store.find(params.id);
      if (command === undefined) throw noSuchCommand(params.id);
      const { environment, cluster, lines } = command;
      rights.assertMay(principal, { verb: 'report', environment, cluster });
      const answer = boundedAnswer(body, lines);
      return { finishedAt: (await store.finish(params.id, answer, now())).toISOString() };
    },
  };
}

function placeOf(actor: Actor): ClusterPlace {
  if (actor.kind === 'daemon') return { environment: actor.environment, cluster: actor.cluster };
  throw new AppError('forbidden', 'daemon.not-one', 'Only a daemon reports what a cluster does.', {
    next: 'use a token of the kind daemon',
  });
}

function noSuchCommand(id: string): AppError {
  return new AppError('not-found', 'daemon.no-command', `There is no command ${id}.`, {
    next: 'forget it: commands are forgotten a day after they ended',
  });
}
