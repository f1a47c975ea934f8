import type { GithubApi } from '@release-manager/github';
import type { Database } from '@release-manager/postgres';

import type { Delivered, Delivery, DeliveryContext, DeliveryKind } from '../deliveries/index.ts';
import { readLivePull, type PullInEnvironment } from './live-pulls.ts';
import { RefusalMemory } from './refusal-memory.ts';

/** The label of a merged pull request that is live in an environment. */
export const labelKind = 'github.label';

export interface LabelDeps {
  readonly database: Database;
  readonly github: Pick<GithubApi, 'repositoryAt' | 'labels'>;
}

export function labelKeyOf({ repository, number, environment }: PullInEnvironment): string {
  return `${repository}#${number} ${environment}`;
}

/** GitHub takes no longer name. */
const longestName = 50;
const color = '0e8a16';

/**
 * Puts `released:<environment>` on a pull request while its merge runs there, and takes it off when it does not any more. Both can
 * be done twice without harm, so a try in doubt is done again.
 */
export function createLabelDelivery({ database, github }: LabelDeps): DeliveryKind {
  const refusals = new RefusalMemory();
  const ensured = new Set<string>();
  return {
    kind: labelKind,
    end: 'github',
    async deliver(delivery, context) {
      const pull = pullOf(delivery);
      const live = await readLivePull(database.db, pull);
      const repository = live && github.repositoryAt(live.address);
      if (live === undefined || repository === undefined) return { outcome: 'gone' };
      const hash = live.isLive ? 'on' : 'off';
      if (!delivery.inDoubt && (delivery.sentHash ?? 'off') === hash) return { outcome: 'unchanged', hash };
      const name = `released:${pull.environment}`.slice(0, longestName);
      const { owner, repo } = repository;
      const key = `${owner}/${repo} ${name}`.toLowerCase();
      const put = async ({ spend, signal }: DeliveryContext): Promise<Delivered> => {
        // Making the label is a write as well, the first time.
        await spend(undefined, ensured.has(key) ? 1 : 2);
        const description = `Live in ${pull.environment}`.slice(0, 100);
        if (!ensured.has(key)) await github.labels.ensure(repository, { name, color, description }, signal);
        ensured.add(key);
        await github.labels.add(repository, pull.number, name, signal);
        return { outcome: 'sent', hash };
      };
      const takeOff = async ({ spend, signal }: DeliveryContext): Promise<Delivered> => {
        await spend();
        await github.labels.remove(repository, pull.number, name, signal);
        return { outcome: 'sent', hash };
      };
      return refusals.guard(repository, context.now, () => (live.isLive ? put(context) : takeOff(context)));
    },
  };
}

function pullOf({ subject }: Delivery): PullInEnvironment {
  const { repository = '', number = '0', environment = '' } = subject;
  return { repository, number: Number(number), environment };
}
