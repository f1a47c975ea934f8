import { services } from './0001-services.ts';
import { artifacts } from './0002-artifacts.ts';
import { releases } from './0003-releases.ts';
import { ledger } from './0004-ledger.ts';
import { configRepo } from './0005-config-repo.ts';
import { tokens } from './0006-tokens.ts';
import { builds } from './0007-builds.ts';
import { incomingProblems } from './0008-incoming-problems.ts';
import { recovery } from './0009-recovery.ts';
import { lookups } from './0010-lookups.ts';
import { ownedObjectFolder } from './0011-owned-object-folder.ts';
import { releaseFacts } from './0012-release-facts.ts';
import { holds } from './0013-holds.ts';
import { access } from './0014-access.ts';
import { rollouts } from './0015-rollouts.ts';
import { rollbacks } from './0016-rollbacks.ts';
import { sourceProof } from './0017-source-proof.ts';
import { incidents } from './0018-incidents.ts';
import { traceExport } from './0019-trace-export.ts';
import { drifts } from './0020-drifts.ts';
import { logRequests } from './0021-log-requests.ts';
import { deliveries } from './0022-deliveries.ts';
import { slack } from './0023-slack.ts';
import { pullRequests } from './0024-pull-requests.ts';
import { chatRequests } from './0027-chat-requests.ts';
import { deliveryLookups } from './0028-delivery-lookups.ts';
import type { Migration } from './migration.ts';

/** Every step, in order. A static list: nothing is found by reading a folder, so a bundle has it too. */
export const migrations: readonly Migration[] = [
  services,
  artifacts,
  releases,
  ledger,
  configRepo,
  tokens,
  builds,
  incomingProblems,
  recovery,
  lookups,
  ownedObjectFolder,
  releaseFacts,
  holds,
  access,
  rollouts,
  rollbacks,
  sourceProof,
  incidents,
  traceExport,
  drifts,
  logRequests,
  deliveries,
  slack,
  pullRequests,
  chatRequests,
  deliveryLookups,
];
