import { AppError, newId, summarize, type Actor, type GitIdentity } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';

import { askSource, type Artifact } from '../artifacts/index.ts';
import { assertEnvironments, type ConfigRepo } from '../config-repo/index.ts';
import { alreadyThere } from './already-there.ts';
import { appendRequested } from './append-requested.ts';
import { draftRelease, findCandidate, type Candidate, type DraftInput, type ReleaseTarget } from './draft-release.ts';
import { findRelease } from './find-subjects.ts';
import type { Outcome, ReleaseRequest } from './release-request.ts';
import { ReleaseStore } from './release-store.ts';
import type { NewRelease, Release } from './release.ts';
import { findRepeated, markOf } from './repeated-request.ts';
import { awaitsProof } from './source-opinion.ts';
import { isStopRule, stopsOn, type Stops } from './stops.ts';
import { suspendedIn, type FluxReports } from './suspended-children.ts';

export interface ReleaseServiceDeps {
  readonly database: Database;
  readonly repo: ConfigRepo;
  /** The manager's own identity in commits. */
  readonly identity: GitIdentity;
  readonly now: () => Date;
  readonly stops?: Pick<Stops, 'on'> | undefined;
  readonly flux?: FluxReports | undefined;
  /** Where GitHub is asked of artifacts: has it asked of one that somebody wants to release. */
  readonly queue?: Pick<Queue, 'enqueue'> | undefined;
}

/** Takes in what people ask for. Whether they may is the routes' question, asked at the one enforcement place. */
export class ReleaseService {
  readonly #deps: ReleaseServiceDeps;

  constructor(deps: ReleaseServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Records one release per environment, all or none, and queues those that the decision allows.
   * @throws AppError not-found `release.no-artifact`, `artifact.not-found`, `service.not-found`, `environment.not-found`;
   *   conflict `artifact.not-ready`, `artifact.other-service`
   */
  async request(actor: Actor, request: ReleaseRequest): Promise<{ requestId: string; outcomes: Outcome[] }> {
    const candidate = await findCandidate(this.#deps.database.db, request);
    assertEnvironments(this.#deps.repo.snapshot(), request.environments);
    const at = this.#deps.now();
    const requestId = newId('req', at);
    return this.#deps.database.transaction(async (tx) => {
      const mark = markOf(actor, request);
      const before = await findRepeated(tx, mark, request);
      if (before !== undefined) return before;
      const outcomes: Outcome[] = [];
      // In one order for everybody: two requests that lock the same targets must not wait for each other.
      for (const environment of request.environments.toSorted()) {
        const draft = await this.#draft(tx, { actor, candidate, environment, requestId, request, at });
        // The key stands on the first record of the request and finds all of them.
        const isFirst = outcomes.every(({ outcome }) => outcome === 'already-there');
        const marked = isFirst && mark !== undefined ? { idempotencyKey: mark.key, requestHash: mark.hash } : {};
        outcomes.push(await this.#enqueue(tx, { ...draft, ...marked }, candidate));
      }
      await new ReleaseStore(tx).wakeWriter();
      return {
        requestId,
        outcomes: request.environments.flatMap((name) => outcomes.filter((o) => o.environment === name)),
      };
    });
  }

  /**
   * The same artifact to the same environment again.
   * @throws AppError not-found `release.not-found`; conflict `release.not-ended` while it may still go out by itself
   */
  async retry(actor: Actor, id: string, reason: string | undefined): Promise<Outcome> {
    const { database, now } = this.#deps;
    const release = await findRelease(database.db, id);
    if (!['denied', 'failed', 'cancelled', 'superseded', 'committed'].includes(release.state)) {
      throw new AppError('conflict', 'release.not-ended', `${id} is ${release.state}; there is nothing to retry yet.`, {
        next: `follow it with \`release-cli why ${release.environment} --service ${release.service}\``,
      });
    }
    if (release.intent === 'rollback') throw notRetried(release);
    const what: ReleaseTarget =
      release.artifactId === undefined ? { undeploy: true } : { artifact: release.artifactId };
    const request = { service: release.service, environments: [release.environment], what, reason };
    const candidate = await findCandidate(this.#deps.database.db, request);
    const at = now();
    return database.transaction(async (tx) => {
      const draft = await this.#draft(tx, {
        actor,
        candidate,
        environment: release.environment,
        requestId: newId('req', at),
        request,
        at,
      });
      const outcome = await this.#enqueue(tx, { ...draft, retryOf: id }, candidate);
      await new ReleaseStore(tx).wakeWriter();
      return outcome;
    });
  }

  /** Holds the target from here on: whatever is set against the release comes before it, or after it and finds it. */
  async #draft(tx: Db, input: Omit<DraftInput, 'snapshot' | 'identity' | 'stops' | 'suspended'>): Promise<NewRelease> {
    const { repo, identity, stops, flux } = this.#deps;
    const { candidate, environment, at } = input;
    const service = candidate.service.name;
    await new ReleaseStore(tx).lockTarget(service, environment);
    const subject = { service, environment, artifactId: candidate.artifact?.id, automatic: false };
    const against = await stopsOn(stops, tx, subject, at);
    const suspended = candidate.intent === 'undeploy' ? await suspendedIn(flux, tx, subject) : [];
    return draftRelease({ ...input, snapshot: repo.snapshot(), identity, stops: against, suspended });
  }

  /** Of what was there before GitHub was configured nobody was asked, and a question may have been lost. */
  async #askSource(tx: Db, { decision, requestedAt: at }: Release, artifact: Artifact | undefined): Promise<void> {
    const { queue } = this.#deps;
    if (queue === undefined || artifact === undefined || !awaitsProof(decision, artifact)) return;
    await askSource(tx, artifact, { queue, at });
  }

  async #enqueue(tx: Db, draft: NewRelease, candidate: Candidate): Promise<Outcome> {
    const { environment } = draft;
    const store = new ReleaseStore(tx);
    const there = await alreadyThere(tx, draft);
    if (there !== undefined) return { environment, outcome: 'already-there', ...there };
    const release = await store.insert(draft);
    await appendRequested(tx, release);
    await this.#askSource(tx, release, candidate.artifact);
    const what = candidate.artifact?.id ?? 'undeploy';
    if (release.state === 'denied' && release.decision !== undefined)
      return { environment, outcome: 'denied', release, message: summarize(release.decision) };
    if (release.state === 'waiting' && release.decision !== undefined)
      return { environment, outcome: 'waiting', release, message: summarize(release.decision) };
    // What is said of it and does not stop it, such as a hold.
    const said =
      release.decision?.opinions.filter(({ rule, verdict }) => isStopRule(rule) && verdict === 'allows') ?? [];
    const message = [`${what} is queued for ${environment}`, ...said.map(({ explanation }) => explanation)].join('; ');
    return { environment, outcome: 'accepted', release, message };
  }
}

/** Retried as a release like any other it would bring neither its hold nor its quarantine, and be asked for every rule. */
function notRetried({ id, service, environment, artifactId }: Release): AppError {
  return new AppError('conflict', 'release.is-rollback', `${id} is a rollback, which is asked for again as one.`, {
    next: `roll back with \`release-cli rollback ${environment} --to ${artifactId ?? ''} --service ${service}\``,
  });
}
