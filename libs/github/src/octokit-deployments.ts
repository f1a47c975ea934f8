import { AppError } from '@release-manager/domain';

import { maxDescriptionLength, type Deployment, type Deployments, type DeploymentStatus } from './deployment.ts';
import { assertSha, cut, unlessGone, type Call, type GithubCalls } from './github-calls.ts';
import type { GithubRepository } from './github-repository.ts';

interface DeploymentAnswer {
  readonly id: number;
  readonly environment: string;
  readonly payload: unknown;
}

const pageSize = 100;
const mostPages = 3;

export function createDeployments(calls: GithubCalls): Deployments {
  const call = (repository: GithubRepository, what: string, signal?: AbortSignal): Call => ({
    repository,
    what,
    permission: 'Deployments: write',
    signal,
  });
  return {
    async find(repository, { sha, environment, marker }, signal) {
      assertSha(sha);
      const asked = call(repository, `looking for the deployment to ${environment}`, signal);
      for (let page = 1; page <= mostPages; page++) {
        const { data } = await calls.read(asked, (client, where) =>
          client.rest.repos.listDeployments({ ...where, sha, environment, per_page: pageSize, page }),
        );
        const found = data.map(deploymentOf).find((one) => one.marker === marker);
        if (found !== undefined || data.length < pageSize) return found;
      }
      return undefined;
    },
    async create(repository, wanted, signal) {
      assertSha(wanted.sha);
      const { data } = await calls.write(
        call(repository, `making a deployment to ${wanted.environment}`, signal),
        (client, where) =>
          client.rest.repos.createDeployment({
            ...where,
            ref: wanted.sha,
            task: 'deploy',
            // It has happened, or is happening: GitHub is told, not asked.
            auto_merge: false,
            required_contexts: [],
            payload: { marker: wanted.marker },
            environment: wanted.environment,
            description: cut(wanted.description, maxDescriptionLength),
            production_environment: wanted.isProduction,
            transient_environment: false,
          }),
      );
      if ('id' in data) return deploymentOf(data);
      throw new AppError('conflict', 'github.conflict', `GitHub made no deployment: ${data.message ?? ''}`);
    },
    async setStatus(repository, id, status, signal) {
      const made = await unlessGone(
        calls.write(call(repository, `telling the state of deployment ${id}`, signal), (client, where) =>
          client.rest.repos.createDeploymentStatus({
            ...where,
            deployment_id: id,
            state: status.state,
            description: cut(status.description, maxDescriptionLength),
            log_url: status.logUrl,
            auto_inactive: status.makesOthersInactive,
          }),
        ),
      );
      return made === undefined ? undefined : statusOf(made.data);
    },
    async latestStatus(repository, id, signal) {
      const found = await unlessGone(
        calls.read(call(repository, `reading the state of deployment ${id}`, signal), (client, where) =>
          client.rest.repos.listDeploymentStatuses({ ...where, deployment_id: id, per_page: 1 }),
        ),
      );
      if (found === undefined) return 'gone';
      const [latest] = found.data;
      return latest === undefined ? undefined : statusOf(latest);
    },
  };
}

function deploymentOf({ id, environment, payload }: DeploymentAnswer): Deployment {
  return { id, environment, marker: markerOf(payload) };
}

/** Some servers hand a payload back as the text that it was sent as. */
function markerOf(payload: unknown): string | undefined {
  if (typeof payload === 'string') {
    try {
      return markerOf(JSON.parse(payload) as unknown);
    } catch {
      return undefined;
    }
  }
  if (typeof payload !== 'object' || payload === null || !('marker' in payload)) return undefined;
  return typeof payload.marker === 'string' ? payload.marker : undefined;
}

function statusOf({ id, state, description }: DeploymentStatus): DeploymentStatus {
  return { id, state, description };
}
