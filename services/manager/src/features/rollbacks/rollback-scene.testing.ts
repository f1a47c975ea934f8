import { layout } from '@release-manager/config-repo';
import type { Actor } from '@release-manager/domain';
import { afterAll, beforeAll, beforeEach } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { createRights } from '../access/index.ts';
import type { Artifact } from '../artifacts/index.ts';
import { HoldStore, QuarantineStore } from '../holds/index.ts';
import type { Release } from '../releases/index.ts';
import { RollbackService } from './rollback-service.ts';
import type { RollbackOutcome, RollbackRequest } from './rollback.ts';

export const bob: Actor = { kind: 'person', person: { id: 'bob', name: 'Bob', email: 'bob@example.com' } };

const rule = (environment: string): string => `  - { kind: auto-release, branch: main, environment: ${environment} }\n`;

/** A release room for one file of tests, in which each has a service of its own. */
export class RollbackScene {
  /** Of the test that runs. */
  service = '';
  #count = 0;
  #room: ReleaseRoom | undefined;

  /** Opens it before the tests of the file that calls this, and closes it after them. */
  static use(): RollbackScene {
    const scene = new RollbackScene();
    beforeAll(async () => {
      scene.#room = await openReleaseRoom({ policies: { auto: `service: auto\npolicies:\n${rule('prod')}` } });
    });
    afterAll(() => scene.room.close());
    beforeEach(() => {
      scene.#count += 1;
      scene.service = `web-${scene.#count}`;
    });
    return scene;
  }

  get room(): ReleaseRoom {
    if (this.#room === undefined) throw new Error('the room is opened before the first test');
    return this.#room;
  }

  rollbacks(isProtected: (environment: string) => boolean = () => false): RollbackService {
    return new RollbackService({ ...this.room.deps, rights: createRights({ environmentProtected: isProtected }) });
  }

  rollBack(more: Partial<RollbackRequest> = {}, actor: Actor = ada): Promise<RollbackOutcome> {
    const request = { service: this.service, environment: 'prod', reason: 'the cart is empty', ...more };
    return this.rollbacks().request({ actor }, request);
  }

  async queue(artifact: Artifact, name = this.service): Promise<Release> {
    const request = { service: name, environments: ['prod'], what: { artifact: artifact.id } };
    const { outcomes } = await this.room.service.request(ada, request);
    return this.room.release(outcomes[0]?.release?.id ?? '');
  }

  /** Artifacts of main that were committed one after the other. */
  async released<const Texts extends readonly string[]>(
    ...texts: Texts
  ): Promise<{ [Index in keyof Texts]: Artifact }> {
    const made: Artifact[] = [];
    for (const text of texts) {
      const artifact = await this.room.artifact({ service: this.service, text, run: made.length + 1 });
      await this.queue(artifact);
      await this.room.write();
      made.push(artifact);
    }
    return made as { [Index in keyof Texts]: Artifact };
  }

  async there(): Promise<unknown> {
    return JSON.parse(
      await this.room.git('show', `main:${layout.release('prod', 'shop', this.service)}/artifact.json`),
    );
  }

  async stateFile(environment: string): Promise<unknown> {
    const text = await this.room.git('show', `main:${layout.state(environment, this.service)}`).catch(() => 'null');
    return JSON.parse(text);
  }

  async stops() {
    const { service } = this;
    const { db } = this.room.database;
    return {
      hold: await new HoldStore(db).of({ service, environment: 'prod' }, new Date()),
      prod: [...(await new QuarantineStore(db).artifactsOf({ service, environment: 'prod' }))],
      dev: [...(await new QuarantineStore(db).artifactsOf({ service, environment: 'dev' }))],
    };
  }

  ledger(): Promise<string[]> {
    return this.room.database.db('ledger').where({ service: this.service }).orderBy('id').pluck('cause');
  }
}
