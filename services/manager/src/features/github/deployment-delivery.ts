import { createHash } from 'node:crypto';

import type { ConfigSnapshot } from '@release-manager/config-repo';
import type { GithubApi, GithubRepository, NewDeploymentStatus } from '@release-manager/github';
import type { Database } from '@release-manager/postgres';

import type { Delivered, Delivery, DeliveryContext, DeliveryKind } from '../deliveries/index.ts';
import type { WantedStatus } from './deployment-status.ts';
import { readDeployment, type WantedDeployment } from './read-deployment.ts';
import { RefusalMemory } from './refusal-memory.ts';

/** The deployment of a release on its source repository; its key is the id of the release. */
export const deploymentKind = 'github.deployment';

export interface DeploymentDeps {
  readonly database: Database;
  readonly github: Pick<GithubApi, 'repositoryAt' | 'deployments'>;
  readonly repo: { snapshot(): ConfigSnapshot };
  /** Where people reach the manager. */
  readonly publicUrl: string;
}

/**
 * Keeps one deployment per release, at the commit of its artifact. It is found again by the release id in its payload before one
 * is made, and its last status is read where a try was left in doubt: none is made or told twice.
 * What is told only after something else took its place is told as inactive: GitHub takes whatever became a success last for what
 * is there.
 */
export function createDeploymentDelivery(deps: DeploymentDeps): DeliveryKind {
  const refusals = new RefusalMemory();
  return {
    kind: deploymentKind,
    end: 'github',
    async deliver(delivery, context) {
      const wanted = await readDeployment(deps.database.db, deps.repo.snapshot(), delivery.key);
      const repository = wanted && deps.github.repositoryAt(wanted.repository);
      if (wanted === undefined || repository === undefined) return { outcome: 'gone' };
      const status = statusOf(deps, wanted.status, delivery.key);
      const hash = hashOf(status);
      const overtaken = wanted.overtaken && hashOf(statusOf(deps, wanted.overtaken, delivery.key));
      const { sentHash } = delivery;
      if (sentHash !== undefined && [hash, overtaken].includes(sentHash) && !delivery.inDoubt)
        return { outcome: 'unchanged', external: delivery.external, hash: sentHash };
      const telling = { ...deps, repository, wanted, status, delivery, context };
      return { ...(await refusals.guard(repository, context.now, () => tell(telling))), hash };
    },
  };
}

function statusOf(
  { publicUrl }: DeploymentDeps,
  { state, description }: WantedStatus,
  releaseId: string,
): NewDeploymentStatus {
  return {
    state,
    description,
    logUrl: `${publicUrl}/v1/releases/${releaseId}`,
    makesOthersInactive: state === 'success',
  };
}

function hashOf(status: NewDeploymentStatus): string {
  return createHash('sha256').update(JSON.stringify(status)).digest('hex');
}

interface Telling extends Pick<DeploymentDeps, 'github'> {
  readonly repository: GithubRepository;
  readonly wanted: WantedDeployment;
  readonly status: NewDeploymentStatus;
  readonly delivery: Delivery;
  readonly context: DeliveryContext;
}

async function tell(telling: Telling): Promise<Delivered> {
  const { wanted, delivery, context } = telling;
  // What never began has no deployment, unless a try to make one was left in doubt.
  const mayBeThere = wanted.status.begins || delivery.inDoubt;
  const id = knownId(delivery) ?? (mayBeThere ? await find(telling) : undefined);
  if (id === undefined) return wanted.status.begins ? begin(telling) : { outcome: 'gone' };
  if (delivery.inDoubt && (await saysSo(telling, id))) return { outcome: 'unchanged', external: externalOf(id) };
  await context.spend();
  const told = await setStatus(telling, id);
  // Somebody deleted it: what is true now is told by another one, unless that is nothing.
  return told.outcome === 'gone' && wanted.status.begins ? begin(telling) : told;
}

/** Room for both writes, so that a budget that ends leaves no deployment without a state. */
async function begin(telling: Telling): Promise<Delivered> {
  const { github, repository, wanted, delivery, context } = telling;
  await context.spend(undefined, 2);
  const made = await github.deployments.create(repository, { ...wanted, marker: delivery.key }, context.signal);
  return setStatus(telling, made.id);
}

async function setStatus({ github, repository, status, context }: Telling, id: number): Promise<Delivered> {
  const told = await github.deployments.setStatus(repository, id, status, context.signal);
  return told === undefined ? { outcome: 'gone', external: {} } : { outcome: 'sent', external: externalOf(id) };
}

async function find({ github, repository, wanted, delivery, context }: Telling): Promise<number | undefined> {
  const found = await github.deployments.find(repository, { ...wanted, marker: delivery.key }, context.signal);
  return found?.id;
}

/** Whether the last status is the one that is wanted: the try in doubt had got through. */
async function saysSo({ github, repository, status, context }: Telling, id: number): Promise<boolean> {
  const latest = await github.deployments.latestStatus(repository, id, context.signal);
  if (latest === undefined || latest === 'gone') return false;
  return latest.state === status.state && status.description.startsWith(latest.description.replace(/…$/, ''));
}

function knownId({ external }: Delivery): number | undefined {
  const id = external?.['deployment'];
  return id === undefined ? undefined : Number(id);
}

function externalOf(id: number): Readonly<Record<string, string>> {
  return { deployment: String(id) };
}
