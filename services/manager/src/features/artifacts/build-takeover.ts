import type { Check } from '@release-manager/contract';
import type { Actor } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

/** An artifact that says which build it is of. */
export interface TakeoverInput {
  readonly service: string;
  readonly buildId: string;
  readonly branch: string;
  readonly sha: string;
  readonly artifactId: string;
  readonly actor: Actor;
  readonly at: Date;
}

/** What this room asks of builds: they end in an artifact. */
export interface BuildTakeover {
  /**
   * Ends the build and gives its checks, in the caller's transaction; none when nobody has heard of the build.
   * @throws AppError conflict `build.other-source` when it is of another commit or branch
   */
  takeOver(tx: Db, input: TakeoverInput): Promise<readonly Check[]>;
}
