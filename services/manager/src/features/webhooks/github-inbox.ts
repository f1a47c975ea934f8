import type { Database } from '@release-manager/postgres';
import { defineJob, type Queue } from '@release-manager/queue';
import { z } from 'zod';

import { announcePush } from '../config-repo/index.ts';
import { ServiceRecords } from '../services/index.ts';
import { GithubEventStore } from './github-event-store.ts';
import { addressOf, type GithubEvent } from './github-event.ts';

/** What became of a delivery: stored, known already, or of no interest to anybody here. */
export type Taken = 'taken' | 'came before' | 'of no service';

/** Where events go before they are answered. */
export interface GithubInbox {
  /** Once it has answered, nothing loses the event. */
  take(delivery: string, event: GithubEvent): Promise<Taken>;
  /** The branch of the config repo was moved: every process looks at once. */
  pushed(delivery: string, event: GithubEvent): Promise<Taken>;
}

/** Works on one event. Enqueued in the transaction that stores it. */
export const githubEventJob = defineJob<{ delivery: string }>({
  name: 'github.event',
  parse: (data) => z.object({ delivery: z.string() }).parse(data),
  attempts: 20,
  timeoutSeconds: 60,
});

export interface GithubInboxDeps {
  readonly database: Database;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly now: () => Date;
}

export function createGithubInbox({ database, queue, now }: GithubInboxDeps): GithubInbox {
  return {
    async take(delivery, event) {
      // Before the transaction: an App may be told of every push of a company.
      if ('repository' in event.payload && !(await isOurs(database, addressOf(event)))) return 'of no service';
      return database.transaction(async (tx) => {
        if (!(await new GithubEventStore(tx).take(delivery, event, now()))) return 'came before';
        await queue.enqueue(tx, githubEventJob, { delivery });
        return 'taken';
      });
    },
    pushed: (delivery, event) =>
      database.transaction(async (tx) => {
        const store = new GithubEventStore(tx);
        if (!(await store.take(delivery, event, now()))) return 'came before';
        await announcePush(tx);
        await store.done(delivery, now());
        return 'taken';
      }),
  };
}

async function isOurs({ db }: Database, address: string | undefined): Promise<boolean> {
  return address !== undefined && (await new ServiceRecords(db).comingFrom(address)).length > 0;
}
