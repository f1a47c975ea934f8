import type { BodyOf, Operations, ReleaseOutcome, RolloutView } from '@release-manager/contract';
import type { Actor } from '@release-manager/domain';

import { cutPage, parsePosition, type Principal, type Routes } from '../../http/index.ts';
import type { Rights } from '../access/index.ts';
import type { Service } from '../services/index.ts';
import type { ReleaseTarget } from './draft-release.ts';
import { findRelease, findService } from './find-subjects.ts';
import { previewRelease, type PreviewDeps } from './plan-preview.ts';
import type { Outcome } from './release-request.ts';
import type { ReleaseService } from './release-service.ts';
import { ReleaseStore } from './release-store.ts';
import { toReleaseView } from './release-view.ts';

export interface ReleaseRouteDeps extends PreviewDeps {
  readonly service: ReleaseService;
  readonly rights: Rights;
  /** What the clusters made of a release, where anybody reports. */
  readonly rollout: (releaseId: string) => Promise<RolloutView | undefined>;
}

/** Asking for releases, and reading their records. */
export function createReleaseRoutes(
  deps: ReleaseRouteDeps,
): Routes<'requestRelease' | 'planRelease' | 'listReleases' | 'showRelease' | 'retryRelease'> {
  const { service, database } = deps;
  const assertMayRelease = (principal: Principal, target: Service, environments: readonly string[]): void => {
    for (const environment of environments)
      deps.rights.assertMay(principal, { verb: 'release', service: target.name, environment, owner: target.owner });
  };
  return {
    async requestRelease({ principal, actor, body }) {
      const target = await findService(database.db, body.service);
      assertMayRelease(principal, target, body.environments);
      const { requestId, outcomes } = await service.request(actor, {
        service: body.service,
        environments: body.environments,
        what: targetOf(body),
        reason: body.reason,
        idempotencyKey: body.idempotencyKey,
      });
      return { requestId, outcomes: outcomes.map(toOutcomeView) };
    },

    async planRelease({ actor, body }) {
      const request = { service: body.service, environments: body.environments, what: targetOf(body) };
      return { plans: await previewRelease(deps, previewActor(actor), request) };
    },

    async listReleases({ query }) {
      const { service: name, environment, artifact, state, request, limit, cursor } = query;
      const filter = { service: name, environment, artifactId: artifact, state, requestId: request };
      const found = await new ReleaseStore(database.db).list(filter, limit + 1, parsePosition(cursor));
      return cutPage(found, limit, toReleaseView, ({ seq }) => seq);
    },

    async showRelease({ params }) {
      const release = await findRelease(database.db, params.id);
      return { ...toReleaseView(release), rollout: await deps.rollout(release.id) };
    },

    async retryRelease({ principal, actor, params, body }) {
      const release = await findRelease(database.db, params.id);
      assertMayRelease(principal, await findService(database.db, release.service), [release.environment]);
      return toOutcomeView(await service.retry(actor, params.id, body.reason));
    },
  };
}

function targetOf(body: Pick<BodyOf<Operations['requestRelease']>, 'branch' | 'artifact' | 'undeploy'>): ReleaseTarget {
  if (body.branch !== undefined) return { branch: body.branch };
  if (body.artifact !== undefined) return { artifact: body.artifact };
  return { undeploy: true };
}

/** CI may look at a plan; the commit it shows would be a person's, so the manager stands in. */
function previewActor(actor: Actor): Actor {
  return actor.kind === 'ci' ? { kind: 'manager' } : actor;
}

function toOutcomeView(outcome: Outcome): ReleaseOutcome {
  const { environment, release, message } = outcome;
  return {
    environment,
    outcome: outcome.outcome,
    message,
    release: release === undefined ? undefined : toReleaseView(release),
  };
}
