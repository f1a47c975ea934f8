import type { GithubRepository } from './github-repository.ts';

export const deploymentStates = ['queued', 'in_progress', 'success', 'failure', 'error', 'inactive'] as const;
export type DeploymentState = (typeof deploymentStates)[number];

export interface NewDeployment {
  /** Full id of the commit. */
  readonly sha: string;
  /** The environment as GitHub shows it: `prod`, `prod/web`. */
  readonly environment: string;
  /** Found again by it: unique per thing that is deployed. */
  readonly marker: string;
  readonly description: string;
  readonly isProduction: boolean;
}

export interface Deployment {
  readonly id: number;
  readonly environment: string;
  readonly marker: string | undefined;
}

export interface NewDeploymentStatus {
  readonly state: DeploymentState;
  /** Cut to 140 characters. */
  readonly description: string;
  /** Where more is to be read. */
  readonly logUrl: string;
  /** Whether a success makes the other deployments of that environment inactive. */
  readonly makesOthersInactive: boolean;
}

export interface DeploymentStatus {
  readonly id: number;
  readonly state: string;
  readonly description: string;
}

/** GitHub takes no longer description of a status. */
export const maxDescriptionLength = 140;

export interface Deployments {
  /** The one of that marker, among the newest 300 of that commit and environment. */
  find(
    repository: GithubRepository,
    wanted: Pick<NewDeployment, 'sha' | 'environment' | 'marker'>,
    signal?: AbortSignal,
  ): Promise<Deployment | undefined>;
  /** Neither merges anything nor waits for checks. */
  create(repository: GithubRepository, deployment: NewDeployment, signal?: AbortSignal): Promise<Deployment>;
  /** Undefined when the deployment is not there any more. */
  setStatus(
    repository: GithubRepository,
    id: number,
    status: NewDeploymentStatus,
    signal?: AbortSignal,
  ): Promise<DeploymentStatus | undefined>;
  /** `gone` when the deployment is not there any more; undefined when it has no status yet. */
  latestStatus(
    repository: GithubRepository,
    id: number,
    signal?: AbortSignal,
  ): Promise<DeploymentStatus | 'gone' | undefined>;
}
