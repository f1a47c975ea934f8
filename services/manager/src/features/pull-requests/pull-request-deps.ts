import type { GithubApi } from '@release-manager/github';
import type { Database } from '@release-manager/postgres';

import type { ArtifactLoader } from '../artifacts/index.ts';
import type { ConfigRepo } from '../config-repo/index.ts';
import type { RecoveryGuard, Stops } from '../releases/index.ts';
import type { ConfigFileLink } from './config-links.ts';

/** What is asked of GitHub here. */
export type PullRequestHost = Pick<GithubApi, 'repositoryAt' | 'pulls' | 'comments' | 'contents'>;

/** What the comments of pull requests are made from. */
export interface PullRequestDeps {
  readonly database: Database;
  readonly github: PullRequestHost;
  readonly repo: Pick<ConfigRepo, 'snapshot' | 'tree'>;
  readonly loader: ArtifactLoader;
  readonly stops: Pick<Stops, 'on'>;
  readonly recovery: Pick<RecoveryGuard, 'automationHold'>;
  /** Where people reach the manager. */
  readonly publicUrl: string;
  readonly configFile: ConfigFileLink;
  readonly now: () => Date;
}
