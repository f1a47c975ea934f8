import { newId, type ReleaseState } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';

import type { Artifact } from '../features/artifacts/index.ts';
import { appendLedgerEntries, type NewLedgerEntry } from '../features/ledger/index.ts';
import { ReleaseStore, type Release } from '../features/releases/index.ts';

/** One environment that a merge goes to, and what becomes of it. */
export interface Going {
  readonly artifact: Artifact;
  readonly environment: string;
  /** By step from the first one on: the state that it is in then. */
  readonly states: readonly (ReleaseState | undefined)[];
}

const failure = { code: 'pod.crash-loop', message: 'Deployment shop/app: app exited with code 1, 3 times' };

/** Writes down what happens to many releases at once, as the writer and the judge of rollouts do, without a commit for each. */
export class MergeBurst {
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #releases = new Map<Going, Release>();

  constructor(database: Database, now: () => Date) {
    this.#database = database;
    this.#now = now;
  }

  releaseOf(going: Going): Release {
    const release = this.#releases.get(going);
    if (release === undefined) throw new Error('it was never asked for');
    return release;
  }

  /** Everything that happens at one step, in one transaction. @returns how many states were entered */
  async step(all: readonly Going[], step: number): Promise<number> {
    const entries: NewLedgerEntry[] = [];
    await this.#database.transaction(async (tx) => {
      const store = new ReleaseStore(tx);
      for (const going of all) {
        const to = going.states[step];
        if (to === undefined) continue;
        entries.push(await (to === 'queued' ? this.#ask(store, going) : this.#move(store, going, to)));
      }
      const committed = entries.flatMap(({ to, releaseId }) => (to === 'committed' ? (releaseId ?? []) : []));
      await tx('releases')
        .whereIn('id', committed)
        .update({ commit_sha: 'c'.repeat(40), committed_at: this.#now(), watched: true });
      await appendLedgerEntries(tx, entries);
    });
    return entries.length;
  }

  async #ask(store: ReleaseStore, going: Going): Promise<NewLedgerEntry> {
    const { artifact, environment } = going;
    const at = this.#now();
    const author = artifact.spec.source.author;
    const actor = { kind: 'automation', policy: `auto-release main to ${environment}`, author } as const;
    const release = await store.insert({
      id: newId('rel', at),
      requestId: newId('req', at),
      service: artifact.service,
      environment,
      intent: 'auto',
      automatic: true,
      state: 'queued',
      artifactId: artifact.id,
      branch: artifact.branch,
      actor,
      author,
      requestedAt: at,
    });
    this.#releases.set(going, release);
    return entryOf(release, 'requested', at);
  }

  async #move(store: ReleaseStore, going: Going, to: ReleaseState): Promise<NewLedgerEntry> {
    const before = this.releaseOf(going);
    const at = this.#now();
    const why = to === 'failed' ? { failure } : {};
    if (!(await store.transition(before, { to, at, ...why }))) throw new Error(`${before.state} to ${to}`);
    const release = { ...before, ...why, state: to };
    this.#releases.set(going, release);
    return entryOf(release, before.state, at);
  }
}

function entryOf(release: Release, from: ReleaseState, at: Date): NewLedgerEntry {
  const { id: releaseId, service, environment, artifactId, state: to, failure: why } = release;
  return {
    kind: `release.${to}`,
    actor: { kind: 'manager' },
    service,
    environment,
    artifactId,
    releaseId,
    from,
    to,
    cause: why?.message ?? to,
    details: why === undefined ? {} : { failure: why },
    at,
  };
}
