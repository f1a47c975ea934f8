import type { Actor } from '@release-manager/domain';

/** One service in one environment. */
export interface Target {
  readonly service: string;
  readonly environment: string;
}

/** `environment/service`. */
export function keyOf({ service, environment }: Target): string {
  return `${environment}/${service}`;
}

/** Who stopped something, and why. */
export interface StopFacts {
  readonly reason: string;
  readonly actor: Actor;
  readonly since: Date;
  /** The rollback that set it. */
  readonly releaseId?: string;
  /** That rollback is not committed yet: it counts already, and goes away again when the rollback is refused. */
  readonly provisional: boolean;
}

/** Automation paused for one target. People are not stopped by it. */
export interface Hold extends Target, StopFacts {
  readonly id: string;
  /** From here on it does not count any more. Absent: until somebody resumes it. */
  readonly until?: Date;
}

/** An artifact that nobody may release to one environment any more, until it is lifted. */
export interface Quarantine extends Target, StopFacts {
  readonly id: string;
  readonly artifactId: string;
}

/** What a caller says of a new one. */
export interface NewStop {
  readonly reason: string;
  readonly actor: Actor;
  readonly at: Date;
  /** With a release it is provisional until that release is settled. */
  readonly releaseId?: string | undefined;
}
