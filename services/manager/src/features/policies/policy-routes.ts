import { policiesFor } from '@release-manager/config-repo';
import { compact } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';

import type { Principal, Routes } from '../../http/index.ts';
import type { Rights } from '../access/index.ts';
import type { ConfigRepo } from '../config-repo/index.ts';
import { ServiceRecords } from '../services/index.ts';
import type { PolicyService } from './policy-service.ts';
import { policyViews, toPolicyView } from './policy-view.ts';

export interface PolicyRouteDeps {
  readonly service: PolicyService;
  readonly database: Database;
  readonly repo: ConfigRepo;
  readonly rights: Rights;
}

/** Reading the rules, and editing those of a service. */
export function createPolicyRoutes(deps: PolicyRouteDeps): Routes<'listPolicies' | 'applyPolicy' | 'deletePolicy'> {
  const { service, database, repo, rights } = deps;
  /** @param environment of the rule; a right for some environments does not cover a rule of which it cannot be read */
  const assertMayEdit = async (principal: Principal, name: string, environment: unknown): Promise<void> => {
    // A service may have its rules before its first upload; until then it has no owner.
    const owner = (await new ServiceRecords(database.db).find(name))?.owner;
    const where = typeof environment === 'string' ? environment : undefined;
    rights.assertMay(principal, { verb: 'policy', service: name, environment: where, owner });
  };
  return {
    listPolicies({ params }) {
      const snapshot = repo.snapshot();
      const { broken } = policiesFor(snapshot, params.service);
      const problems = broken.map(({ file, line, message, next }) => compact({ file, line, message, next }));
      return Promise.resolve({
        policies: policyViews(snapshot, params.service),
        problems,
        commit: snapshot.commit === '' ? undefined : snapshot.commit,
      });
    },

    async applyPolicy({ principal, actor, params, body }) {
      await assertMayEdit(principal, params.service, body.policy['environment']);
      const { commit, policy } = await service.apply(actor, params.service, body.policy);
      return compact({
        changed: commit !== undefined,
        commit,
        policy: policy === undefined ? undefined : toPolicyView(policy),
        message: commit === undefined ? 'this rule stands there already' : `committed as ${commit.slice(0, 10)}`,
      });
    },

    async deletePolicy({ principal, actor, params }) {
      const { policies } = policiesFor(repo.snapshot(), params.service);
      const rule = policies.find(({ id }) => id === params.policy)?.policy;
      await assertMayEdit(principal, params.service, rule?.environment);
      const { commit } = await service.delete(actor, params.service, params.policy);
      return compact({ changed: commit !== undefined, commit, message: `committed as ${commit?.slice(0, 10) ?? ''}` });
    },
  };
}
