import type { Db } from '@release-manager/postgres';

import { settle } from './settle.ts';

const settledAtOnce = 200;

/**
 * Settles what rollbacks brought whose release ended by a way that told nobody: a database that was rebuilt, for one. Only what
 * happens first counts, so this and the writer may meet.
 */
export async function settleForgotten(tx: Db, at: Date): Promise<void> {
  const { rows } = await tx.raw<{ rows: { id: string; committed: boolean; state: string }[] }>(
    `select r.id, r.commit_sha is not null as committed, r.state from releases r
     where r.id in (select release_id from holds where provisional union select release_id from quarantines where provisional)
       and (r.commit_sha is not null or r.state in ('denied', 'superseded', 'cancelled'))
     order by r.id limit ?`,
    [settledAtOnce],
  );
  const ids = (wanted: (row: (typeof rows)[number]) => boolean): string[] => rows.filter(wanted).map(({ id }) => id);
  await settle(
    tx,
    ids(({ committed }) => committed),
    'committed',
    at,
  );
  await settle(
    tx,
    ids(({ committed, state }) => !committed && state === 'denied'),
    'refused',
    at,
  );
  await settle(
    tx,
    ids(({ committed, state }) => !committed && state !== 'denied'),
    'cancelled',
    at,
  );
}
