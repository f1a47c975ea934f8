import { oneLine } from '@release-manager/config-repo';
import type { CommitInfo, Mirror, Oid } from '@release-manager/git';
import type { Database } from '@release-manager/postgres';

import type { ConfigRepo } from '../config-repo/index.ts';
import { appendLedgerEntries, type NewLedgerEntry } from '../ledger/index.ts';
import { describeChanges } from './access-changes.ts';
import { accessFiles, accessVersions, firstAccess, type AccessVersion } from './access-history.ts';
import { advanceAccess, type AccessState } from './access-state.ts';
import { AccessStore, type StoredAccess } from './access-store.ts';

export interface RecordAccessDeps {
  readonly database: Database;
  readonly repo: Pick<ConfigRepo, 'mirror' | 'adopt'>;
  readonly now: () => Date;
}

/** What follows from the commits since, and what of it belongs into the ledger. */
interface Advance {
  readonly next: StoredAccess & { readonly commit: Oid };
  readonly entries: readonly NewLedgerEntry[];
}

/**
 * Stores what counts of people and rights after the tip of the remote, and records each change on the way there with who
 * committed it. State and record are written together, by whichever process is first; the others find it done. The remote is
 * asked after the store was read, so that what is written is never older than what it replaces.
 * @returns what is stored now; undefined while there is no commit.
 */
export async function recordAccess(deps: RecordAccessDeps): Promise<StoredAccess | undefined> {
  const { database, repo, now } = deps;
  for (;;) {
    const previous = await new AccessStore(database.db).read();
    const tip = await repo.mirror.fetch();
    if (tip === undefined || tip === previous?.commit) return previous;
    await repo.adopt(tip);
    const at = now();
    const { next, entries } = await advanceTo(repo.mirror, { previous, tip, at });
    const isOurs = await database.transaction(async (tx) => {
      if (!(await new AccessStore(tx).replace(previous, next, at))) return false;
      await appendLedgerEntries(tx, entries);
      return true;
    });
    if (isOurs) return next;
  }
}

async function advanceTo(
  mirror: Mirror,
  { previous, tip, at }: { readonly previous: StoredAccess | undefined; readonly tip: Oid; readonly at: Date },
): Promise<Advance> {
  const files = await accessFiles(mirror.tree(tip));
  if (previous === undefined) {
    return { next: { commit: tip, files, state: await firstAccess(mirror, tip) }, entries: [] };
  }
  if (previous.files === files) return { next: { ...previous, commit: tip }, entries: [] };
  const entries: NewLedgerEntry[] = [];
  let { state } = previous;
  for (const version of await accessVersions(mirror, previous.commit, tip)) {
    const after = advanceAccess(state, version.snapshot);
    entries.push(...entriesOf(version, { before: state, after, at }));
    state = after;
  }
  return { next: { commit: tip, files, state }, entries };
}

/** A list that is longer is whole in the commit. */
const mostChanges = 500;
const mostWords = 20;
const longestChange = 2000;

function entriesOf(
  { commit, snapshot }: AccessVersion,
  { before, after, at }: { readonly before: AccessState; readonly after: AccessState; readonly at: Date },
): readonly NewLedgerEntry[] {
  const changes = describeChanges(before, after).map((words) => oneLine(words, longestChange));
  if (changes.length === 0) return [];
  const broken = [...snapshot.people.broken, ...(snapshot.rights?.broken ?? [])];
  const author = signatureOf(commit.author);
  const more = changes.length > mostWords ? `; and ${changes.length - mostWords} more` : '';
  const words = `${changes.slice(0, mostWords).join('; ')}${more}`;
  return [
    {
      kind: 'rights.changed',
      // Git proves no author: the commit says who it was, and the manager that it read so.
      actor: { kind: 'manager' },
      cause: `${author.name} <${author.email}> changed who may do what in ${commit.oid.slice(0, 10)}: ${words}`,
      details: {
        commit: commit.oid,
        author,
        committer: signatureOf(commit.committer),
        subject: oneLine(commit.message.split('\n')[0] ?? ''),
        changes: changes.slice(0, mostChanges),
        ...(broken.length === 0
          ? {}
          : { broken: broken.slice(0, mostWords).map(({ file, line, message }) => ({ file, line, message })) }),
      },
      at,
    },
  ];
}

function signatureOf({ name, email }: CommitInfo['author']): { readonly name: string; readonly email: string } {
  return { name: oneLine(name), email: oneLine(email) };
}
