import type { ReleaseState } from '@release-manager/domain';
import type { DeploymentState } from '@release-manager/github';

/** What is known of a release when its deployment is brought up to date. */
export interface DeployedRelease {
  readonly state: ReleaseState;
  /** A daemon tells what becomes of it: it does not end at `committed`. */
  readonly isWatched: boolean;
  readonly waitsFor?: string | undefined;
  readonly failure?: string | undefined;
  readonly supersededBy?: string | undefined;
  readonly rolledBackBy?: string | undefined;
  /** Something else lives there now. */
  readonly isReplaced: boolean;
}

export interface WantedStatus {
  readonly state: DeploymentState;
  readonly description: string;
  /** Whether it is worth a deployment; otherwise it is only told where there is one. */
  readonly begins: boolean;
}

/** How GitHub says the state of a release. Pure. */
export function deploymentStatusOf(release: DeployedRelease): WantedStatus {
  switch (release.state) {
    case 'requested':
    case 'waiting':
    case 'denied':
    case 'cancelled':
    case 'superseded':
      return besides(release, release.state);
    case 'queued':
      return begun('queued', 'queued for its commit into the config repo');
    case 'committed':
      return committed(release);
    case 'applied':
      return begun('in_progress', 'applied by Flux; its workloads are not rolled out yet');
    case 'rolling-out':
      return begun('in_progress', because('rolling out', release.waitsFor));
    case 'healthy':
      return lives(release, 'healthy: it runs');
    case 'failed':
      return begun('failure', because(goneWrong(release), release.failure));
  }
}

function committed(release: DeployedRelease): WantedStatus {
  if (release.isWatched) return begun('in_progress', 'committed; Flux has not applied it yet');
  return lives(release, 'committed; no daemon says what became of it');
}

/** States that begin nothing: most releases in them never had a deployment, and need none. */
function besides(
  release: DeployedRelease,
  state: 'requested' | 'waiting' | 'denied' | 'cancelled' | 'superseded',
): WantedStatus {
  switch (state) {
    case 'requested':
      return later('queued', 'requested');
    case 'waiting':
      return later('queued', because('waits', release.waitsFor));
    case 'denied':
      return later('error', because('denied', release.failure));
    case 'cancelled':
      return later('inactive', 'cancelled before it was committed');
    case 'superseded':
      return later('inactive', because('superseded', release.supersededBy));
  }
}

function lives({ rolledBackBy, isReplaced }: DeployedRelease, description: string): WantedStatus {
  if (rolledBackBy !== undefined) return begun('inactive', `rolled back by ${rolledBackBy}`);
  return isReplaced ? begun('inactive', 'replaced by a later release') : begun('success', description);
}

function goneWrong({ rolledBackBy }: DeployedRelease): string {
  return rolledBackBy === undefined ? 'failed' : `failed, and rolled back by ${rolledBackBy}`;
}

/** One line: what others wrote may have many. */
function because(what: string, why: string | undefined): string {
  return why === undefined || why === '' ? what : `${what}: ${why.replaceAll(/\s+/gu, ' ').trim()}`;
}

function begun(state: DeploymentState, description: string): WantedStatus {
  return { state, description, begins: true };
}

function later(state: DeploymentState, description: string): WantedStatus {
  return { state, description, begins: false };
}
