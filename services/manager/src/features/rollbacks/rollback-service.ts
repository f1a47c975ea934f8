import { createHash } from 'node:crypto';

import { actorName, summarize, type GitIdentity } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';

import type { Principal } from '../../http/index.ts';
import type { Rights } from '../access/index.ts';
import { ArtifactRecords } from '../artifacts/index.ts';
import { assertEnvironments, type ConfigRepo } from '../config-repo/index.ts';
import { decideRelease, findService, ReleaseStore, stopsOn, type Stops } from '../releases/index.ts';
import type { Service } from '../services/index.ts';
import { carryOut, type CarryOutInput } from './carry-out-rollback.ts';
import { judgeRollback, type RollbackJudgement } from './judge-rollback.ts';
import { quarantineScope, type QuarantineScope } from './quarantine-scope.ts';
import { repeatedOutcome } from './repeated-rollback.ts';
import { RollbackStore } from './rollback-store.ts';
import type { RollbackOutcome, RollbackRequest } from './rollback.ts';

export interface RollbackDeps {
  readonly database: Database;
  readonly repo: ConfigRepo;
  readonly rights: Rights;
  readonly stops: Pick<Stops, 'on'>;
  /** The manager's own identity in commits. */
  readonly identity: GitIdentity;
  readonly now: () => Date;
}

type Asked = Omit<RollbackRequest, 'reason' | 'idempotencyKey'>;
type Going = Extract<RollbackJudgement, { kind: 'go' }>;

/** Takes back what should not have gone out. */
export class RollbackService {
  readonly #deps: RollbackDeps;

  constructor(deps: RollbackDeps) {
    this.#deps = deps;
  }

  /**
   * Accepts a rollback: from the transaction that this commits on, nothing automatic reaches the target.
   * @throws AppError forbidden `access.forbidden`; not-found, conflict and denied as `judgeRollback`; conflict
   *   `rollback.key-reused`
   */
  async request(principal: Principal, request: RollbackRequest): Promise<RollbackOutcome> {
    const service = await this.#admit(principal, request);
    const { actor } = principal;
    const mark = markOf(principal, request);
    return this.#deps.database.transaction(async (tx) => {
      const before = mark && (await new RollbackStore(tx).findByKey(mark.key));
      if (before !== undefined) return repeatedOutcome(tx, before, mark?.hash);
      const { going, scope } = await this.#judge(tx, principal, { service, asked: request });
      if (going.kind === 'already') return already(request, going);
      // Only now, under the locks: whatever is automatic and later than this was stopped by it.
      const at = this.#deps.now();
      const decision = await this.#decide(tx, request, { going, at });
      const { identity } = this.#deps;
      const quarantine = scope.environments;
      const input: CarryOutInput = { request, actor, identity, going, decision, quarantine, mark, at };
      const { release, cancelled } = await carryOut(tx, input);
      const planned = outcomeOf(request, going, scope);
      if (decision.verdict === 'denied')
        return { ...planned, ...nothingSet, release, message: summarize(decision), outcome: 'denied' };
      return { ...planned, cancelled, release: release ?? going.there };
    });
  }

  /** What `request` would do now. Changes nothing. */
  async plan(principal: Principal, asked: Asked): Promise<RollbackOutcome> {
    const service = await this.#admit(principal, asked);
    return this.#deps.database.transaction(async (tx) => {
      const { going, scope } = await this.#judge(tx, principal, { service, asked });
      if (going.kind === 'already') return already(asked, going);
      const decision = await this.#decide(tx, asked, { going, at: this.#deps.now() });
      const planned = outcomeOf(asked, going, scope);
      if (decision.verdict === 'denied')
        return { ...planned, ...nothingSet, message: summarize(decision), outcome: 'denied' };
      return { ...planned, release: going.there };
    });
  }

  async #admit(principal: Principal, { service: name, environment }: Asked): Promise<Service> {
    const service = await findService(this.#deps.database.db, name);
    assertEnvironments(this.#deps.repo.snapshot(), [environment]);
    const act = { verb: 'rollback', service: name, environment, owner: service.owner } as const;
    this.#deps.rights.assertMay(principal, act);
    return service;
  }

  /** Under the locks of all targets that may be changed, and of what is queued there. */
  async #judge(tx: Db, principal: Principal, { service, asked }: { service: Service; asked: Asked }) {
    const { rights, repo } = this.#deps;
    const { environment } = asked;
    const input = { rights, principal, service, environment, snapshot: repo.snapshot() };
    await new ReleaseStore(tx).lockTargets(service.name, quarantineScope(input, undefined).environments);
    const going = await judgeRollback(tx, asked);
    const bad =
      going.kind === 'go' && going.from !== undefined ? await new ArtifactRecords(tx).find(going.from) : undefined;
    const hasBad = going.kind === 'go' && going.from !== undefined;
    const scope = hasBad ? quarantineScope(input, bad) : { environments: [environment], not: [] };
    return { going, scope };
  }

  async #decide(tx: Db, { service, environment }: Asked, { going, at }: { going: Going; at: Date }) {
    const { artifactId } = going.to;
    const subject = { service, environment, artifactId, automatic: false };
    return decideRelease({
      snapshot: this.#deps.repo.snapshot(),
      service,
      environment,
      artifact: await new ArtifactRecords(tx).find(artifactId),
      intent: 'rollback',
      automatic: false,
      stops: await stopsOn(this.#deps.stops, tx, subject, at),
      onceCommittedThere: true,
      now: at,
    });
  }
}

const nothingSet = { held: false, quarantined: [], notQuarantined: [], cancelled: [] } as const;

function already(
  { service, environment }: Asked,
  { release, message }: Extract<RollbackJudgement, { kind: 'already' }>,
): RollbackOutcome {
  return { service, environment, outcome: 'already-there', message, release, ...nothingSet };
}

function outcomeOf({ service, environment }: Asked, going: Going, scope: QuarantineScope): RollbackOutcome {
  const { from, to, cancels, there } = going;
  const isDone = there !== undefined;
  return {
    service,
    environment,
    outcome: isDone ? 'done' : 'accepted',
    message: isDone
      ? `${environment} still holds ${to.artifactId}; what was queued does not go out, and nothing has to be committed`
      : `${environment} goes back to ${to.artifactId}`,
    from,
    to,
    cancelled: cancels,
    held: true,
    quarantined: from === undefined ? [] : scope.environments,
    notQuarantined: scope.not,
  };
}

/** A key belongs to whoever chose it. */
function markOf({ actor }: Principal, request: RollbackRequest): { key: string; hash: string } | undefined {
  const { service, environment, to, from, reason, idempotencyKey } = request;
  if (idempotencyKey === undefined) return undefined;
  const asked = JSON.stringify([service, environment, to ?? null, from ?? null, reason]);
  return {
    key: `${actor.kind}:${actorName(actor)}/${idempotencyKey}`,
    hash: createHash('sha256').update(asked).digest('hex'),
  };
}
