import type { DaemonFacts, Observation } from '@release-manager/contract';
import { silentLogger } from '@release-manager/runtime';
import { afterAll, beforeAll, beforeEach } from 'vitest';

import { ada, manifests, openReleaseRoom, type ReleaseRoom } from '../../../testing/release-room.ts';
import type { Release } from '../../releases/index.ts';
import { createCommittedStates } from '../drift/committed-states.ts';
import { crashed, daemonFacts, deployment, kustomization, pod } from '../facts.testing.ts';
import { takeBatch } from '../intake/take-batch.ts';
import { createAncestry } from './ancestry.ts';
import { judgeDue } from './judge-loop.ts';
import type { JudgeDeps } from './judge-target.ts';

const mainFile = `environments:
  - { name: dev }
  - { name: prod, clusters: [eu, us] }
  - { name: quiet }
`;

/** A release room, daemons that say what a test has them say, and a judge whose clock moves only where a test moves it. */
export class JudgeScene {
  now = new Date();
  readonly hops: string[] = [];
  readonly #sequences = new Map<string, number>();
  #version = 1000;
  #opened: { readonly room: ReleaseRoom; readonly deps: JudgeDeps } | undefined;

  /** Opens it before the tests of the file that calls this, and closes it after them. */
  static use(): JudgeScene {
    const scene = new JudgeScene();
    beforeAll(() => scene.#open());
    afterAll(() => scene.room.close());
    beforeEach(() => {
      // The room goes by the real clock; what it writes is the past for the judge.
      scene.now = new Date(Date.now() + 3_600_000);
      scene.hops.length = 0;
    });
    return scene;
  }

  get room(): ReleaseRoom {
    return this.#both.room;
  }

  get deps(): JudgeDeps {
    return this.#both.deps;
  }

  get #both() {
    if (this.#opened === undefined) throw new Error('the room is opened before the first test');
    return this.#opened;
  }

  async #open(): Promise<void> {
    const room = await openReleaseRoom({ mainFile });
    const deps: JudgeDeps = {
      database: room.database,
      ancestry: createAncestry(room.repo.mirror, () => room.repo.refresh()),
      committed: createCommittedStates(room.repo.mirror, silentLogger),
      snapshot: () => room.repo.snapshot(),
      hops: { applied: () => this.hops.push('applied'), healthy: () => this.hops.push('healthy') },
      logger: silentLogger,
      now: () => this.now,
    };
    this.#opened = { room, deps };
  }

  later(seconds: number): void {
    this.now = new Date(this.now.getTime() + seconds * 1000);
  }

  /** The daemon of a cluster says something, and the judge looks until nothing is due. */
  async tell(
    observations: readonly Observation[],
    cluster = 'dev/default',
    facts: Partial<DaemonFacts> = {},
  ): Promise<void> {
    const [environment = '', name = ''] = cluster.split('/');
    const from = this.#sequences.get(cluster) ?? 1;
    this.#sequences.set(cluster, from + observations.length);
    const sent = observations.map((observation, index) => ({
      sequence: from + index,
      seenAt: this.now.toISOString(),
      observation,
    }));
    const batch = { outbox: 'a'.repeat(32), daemon: { ...daemonFacts, ...facts }, observations: sent };
    await takeBatch({ database: this.room.database, now: () => this.now }, { environment, cluster: name }, batch);
    await this.judge();
  }

  async judge(): Promise<void> {
    while ((await judgeDue(this.deps)) > 0);
  }

  /** A resourceVersion above all others. */
  newer(): string {
    this.#version += 1;
    return String(this.#version);
  }

  /** A release is asked for; nothing is written yet. */
  async put(service: string, text: string, environment = 'dev'): Promise<Release> {
    const files = manifests(service, text);
    const environments = { dev: files, prod: files, quiet: files };
    const artifact = await this.room.artifact({ service, text, environments });
    const what = { artifact: artifact.id };
    const { outcomes } = await this.room.service.request(ada, { service, environments: [environment], what });
    return this.room.release(outcomes[0]?.release?.id ?? '');
  }

  applied(service: string, commit: string | undefined): Observation {
    return kustomization(service, {
      resourceVersion: this.newer(),
      lastAppliedRevision: `main@sha1:${commit ?? ''}`,
    });
  }

  live(service: string, release: string, more: Parameters<typeof deployment>[1] = {}): Observation {
    const counters = { desired: 1, current: 1, updated: 1, ready: 1, available: 1 };
    return deployment(service, { release, ...counters, resourceVersion: this.newer(), ...more });
  }

  up(service: string): Observation {
    return pod(service, 0, { resourceVersion: this.newer() });
  }

  down(service: string, restarts: number): Observation {
    return pod(service, 0, { resourceVersion: this.newer(), ready: false, containers: [crashed(restarts)] });
  }

  async state(id: string): Promise<string> {
    return (await this.room.release(id)).state;
  }

  /** The kinds of the entries about a release. */
  record(id: string): Promise<string[]> {
    return this.room.database.db('ledger').where({ release_id: id }).orderBy('id').pluck<string[]>('kind');
  }
}
