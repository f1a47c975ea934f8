import {
  gitHubError,
  notFound,
  ofRepository,
  ok,
  pageOf,
  textOf,
  unprocessable,
  type Answers,
  type FakeWorld,
} from './answer.ts';
import type { FakeRepository } from './fake-repository.ts';
import type { FakeDeployment } from './fake-state.ts';
import { renderDeployment, renderDeploymentStatus } from './render.ts';

const longest = 140;

export const deploymentAnswers: Answers = {
  'repos/list-deployments': ofRepository((repository, { query, world }) => {
    const fits = (name: string, value: string): boolean => [null, 'none', value].includes(query.get(name));
    const found = repository.deployments
      .filter((one) => fits('sha', one.sha) && fits('environment', one.environment) && fits('task', one.task))
      .toReversed();
    return ok(pageOf(found, query).map((one) => renderDeployment(world, one)));
  }),

  'repos/create-deployment': ofRepository((repository, { body, world }) => {
    const ref = textOf(body, 'ref') ?? '';
    const sha = repository.resolve(ref);
    if (sha === undefined) return gitHubError(422, `No ref found for: ${ref}`);
    const description = textOf(body, 'description') ?? '';
    if (description.length > longest) return unprocessable('description is too long (maximum is 140 characters)');
    if (body['auto_merge'] !== false) return gitHubError(409, 'Conflict merging the default branch into it.');
    const environment = textOf(body, 'environment') ?? 'production';
    const deployment: FakeDeployment = {
      id: world.nextId(),
      sha,
      environment,
      task: textOf(body, 'task') ?? 'deploy',
      payload: body['payload'] ?? {},
      description,
      isProduction: (body['production_environment'] ?? environment === 'production') === true,
      createdAt: world.now(),
      statuses: [],
    };
    repository.deployments.push(deployment);
    return ok(renderDeployment(world, deployment), 201);
  }),

  'repos/create-deployment-status': ofRepository((repository, { params, body, world }) => {
    const deployment = repository.deployments.find(({ id }) => id === Number(params['deployment_id']));
    if (deployment === undefined) return notFound;
    const description = textOf(body, 'description') ?? '';
    if (description.length > longest) return unprocessable('description is too long (maximum is 140 characters)');
    const state = textOf(body, 'state') ?? '';
    const logUrl = textOf(body, 'log_url') ?? '';
    const status = { id: world.nextId(), state, description, logUrl, createdAt: world.now() };
    if (state === 'success' && body['auto_inactive'] !== false) makeOthersInactive(repository, deployment, world);
    deployment.statuses.push(status);
    return ok(renderDeploymentStatus(world, deployment, status), 201);
  }),

  'repos/list-deployment-statuses': ofRepository((repository, { params, query, world }) => {
    const deployment = repository.deployments.find(({ id }) => id === Number(params['deployment_id']));
    if (deployment === undefined) return notFound;
    const newest = pageOf(deployment.statuses.toReversed(), query);
    return ok(newest.map((status) => renderDeploymentStatus(world, deployment, status)));
  }),
};

/** As GitHub documents it: earlier ones of that environment that are no production and were a success. */
function makeOthersInactive({ deployments }: FakeRepository, deployment: FakeDeployment, world: FakeWorld): void {
  for (const other of deployments.slice(0, deployments.indexOf(deployment))) {
    const latest = other.statuses.at(-1);
    if (other.environment !== deployment.environment || other.isProduction || latest?.state !== 'success') continue;
    other.statuses.push({ ...latest, id: world.nextId(), state: 'inactive', createdAt: world.now() });
  }
}
