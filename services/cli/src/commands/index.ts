import type { Command } from '../core/define-command.ts';
import { addCheck } from './artifact/add.ts';
import { initArtifact } from './artifact/init.ts';
import { listArtifacts } from './artifact/list.ts';
import { pushArtifact } from './artifact/push.ts';
import { showArtifact } from './artifact/show.ts';
import { listDeliveries } from './delivery/list-deliveries.ts';
import { retryDelivery } from './delivery/retry-delivery.ts';
import { hold } from './hold/hold.ts';
import { listHolds } from './hold/list-holds.ts';
import { listQuarantines } from './hold/list-quarantines.ts';
import { quarantine } from './hold/quarantine.ts';
import { resume } from './hold/resume.ts';
import { init } from './init/init.ts';
import { applyPolicy } from './policy/apply.ts';
import { deletePolicy } from './policy/delete.ts';
import { listPolicies } from './policy/list.ts';
import { diff } from './release/diff.ts';
import { follow } from './release/follow.ts';
import { history } from './release/history.ts';
import { logs } from './release/logs.ts';
import { release } from './release/release.ts';
import { retry } from './release/retry.ts';
import { rollback } from './release/rollback.ts';
import { status } from './release/status.ts';
import { undeploy } from './release/undeploy.ts';
import { where } from './release/where.ts';
import { why } from './release/why.ts';
import { addService } from './service/add.ts';
import { listServices } from './service/list.ts';
import { setService } from './service/set.ts';
import { canI } from './session/can-i.ts';
import { login } from './session/login.ts';
import { logout } from './session/logout.ts';
import { whoami } from './session/whoami.ts';
import { completion } from './system/completion.ts';
import { doctor } from './system/doctor.ts';
import { showVersion } from './system/version.ts';
import { createToken } from './token/create.ts';
import { fluxToken } from './token/flux.ts';
import { listTokens } from './token/list.ts';
import { revokeToken } from './token/revoke.ts';

/** Every command, in the order in which help and the reference page list them. */
export const commands: readonly Command[] = [
  release,
  follow,
  status,
  history,
  where,
  logs,
  diff,
  why,
  retry,
  rollback,
  undeploy,
  hold,
  listHolds,
  resume,
  quarantine,
  listQuarantines,
  listDeliveries,
  retryDelivery,
  pushArtifact,
  initArtifact,
  addCheck,
  listArtifacts,
  showArtifact,
  listPolicies,
  applyPolicy,
  deletePolicy,
  listServices,
  addService,
  setService,
  createToken,
  listTokens,
  revokeToken,
  fluxToken,
  login,
  logout,
  whoami,
  canI,
  init,
  doctor,
  completion,
  showVersion,
];
