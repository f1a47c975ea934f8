import type { Db } from '@release-manager/postgres';

import { ReleaseStore } from '../releases/index.ts';
import { groupOfRelease } from './group-of-release.ts';
import { MessageStore, type SlackMessageRow } from './message-store.ts';
import { wantMessage } from './want-message.ts';

/** What goes on without an entry in the record: pods that become ready, steps of a build. Shed first when there is no room. */
export async function wantProgress(db: Db, since: Date, at: Date): Promise<void> {
  const store = new MessageStore(db);
  const groups = [...(await rollingGroups(db, since)), ...(await buildGroups(db, since))];
  for (const message of await store.ofGroups(groups)) await wantMessage(db, message, { urgency: 'intermediate', at });
}

/** More than that at once is a flood, which ends tell of. */
const mostAtOnce = 50;

async function rollingGroups(db: Db, since: Date): Promise<readonly string[]> {
  const rows: { release_id: string }[] = await db('rollouts')
    .distinct('release_id')
    .where({ watch: 'open', phase: 'rolling-out' })
    .where('judged_at', '>', since)
    .limit(mostAtOnce);
  const releases = await new ReleaseStore(db).findMany(rows.map(({ release_id: id }) => id));
  return Promise.all([...releases.values()].map((release) => groupOfRelease(db, release)));
}

async function buildGroups(db: Db, since: Date): Promise<readonly string[]> {
  const rows = await db<SlackMessageRow>('slack_messages as m')
    .join('builds as b', db.raw("m.group_key = 'build/' || b.service || '/' || b.id"))
    .where('b.updated_at', '>', since)
    .where('b.state', 'running')
    .limit(mostAtOnce)
    .select<{ group_key: string }[]>('m.group_key');
  return rows.map(({ group_key: group }) => group);
}
