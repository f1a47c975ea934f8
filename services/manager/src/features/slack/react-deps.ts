import type { RoutingWorld } from '@release-manager/config-repo';

/** What the reading of the record has to know. */
export interface ReactDeps {
  /** Where news go, as it counts now. */
  readonly routing: () => RoutingWorld;
  /** Environments that what is built of the branch goes to by itself. */
  readonly autoEnvironments: (service: string, branch: string) => readonly string[];
  readonly now: () => Date;
}
