import type { Database } from '@release-manager/postgres';
import type { ArtifactStore } from '@release-manager/storage';

import type { ConfigRepo } from '../features/config-repo/index.ts';
import type { ReadinessCheck } from '../http/index.ts';

export interface ReadinessDeps {
  readonly database: Database;
  readonly store: ArtifactStore;
  readonly repo: ConfigRepo;
  /** For people, without credentials. */
  readonly repoUrl: string;
  readonly now: () => Date;
}

/** A mirror that could not be refreshed for this long shows what may no longer be so. */
const oldestMirrorSeconds = 120;

/** What requests need: the database, the store, and a config repo that was seen not long ago. */
export function readinessChecks({ database, store, repo, repoUrl, now }: ReadinessDeps): ReadinessCheck[] {
  return [
    {
      name: 'database',
      async check() {
        const answer = await database.db.raw<{ rows: { read_only: string }[] }>(
          "select current_setting('transaction_read_only') as read_only",
        );
        return answer.rows[0]?.read_only === 'on'
          ? { ok: false, message: 'answers, and takes no writes', next: 'point DATABASE_URL at the primary' }
          : { ok: true, message: 'answers' };
      },
    },
    {
      name: 'artifact store',
      async check() {
        await store.check();
        return { ok: true, message: 'answers' };
      },
    },
    {
      name: 'config repo',
      check() {
        const readAt = repo.readAt();
        if (readAt === undefined) return Promise.resolve({ ok: false, message: 'was not read yet' });
        const age = Math.round((now().getTime() - readAt.getTime()) / 1000);
        if (!repo.snapshot().initialised)
          return Promise.resolve({
            ok: false,
            message: 'holds no release-manager.yaml',
            next: `run release-cli init ${repoUrl}`,
          });
        return Promise.resolve({ ok: age <= oldestMirrorSeconds, message: `last read ${age} s ago` });
      },
    },
  ];
}
