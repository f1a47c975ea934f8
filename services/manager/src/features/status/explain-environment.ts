import { blockingProblems, policiesFor, type ConfigSnapshot } from '@release-manager/config-repo';
import type { Operations, ResultOf } from '@release-manager/contract';
import { compact, summarize, type RuleOpinion } from '@release-manager/domain';
import { autoReleaseTargets, matchesBranch } from '@release-manager/policies';
import type { Db } from '@release-manager/postgres';

import { ArtifactRecords, type Artifact } from '../artifacts/index.ts';
import { HandEditStore } from '../config-repo/index.ts';
import {
  decideRelease,
  findArtifact,
  findService,
  ReleaseStore,
  toReleaseView,
  type RecoveryGuard,
  type Stops,
} from '../releases/index.ts';
import { readStatus } from './status-read-model.ts';

type Explanation = ResultOf<Operations['explainEnvironment']>;

/** What may stop a release beside the rules of the config repo. */
export interface StopDeps {
  readonly stops: Pick<Stops, 'on'>;
  readonly recovery: Pick<RecoveryGuard, 'automationHold'>;
}

export interface ExplainInput extends StopDeps {
  readonly service: string;
  readonly environment: string;
  readonly branch?: string | undefined;
  readonly artifact?: string | undefined;
  readonly snapshot: ConfigSnapshot;
  readonly now: Date;
}

/** Branches that are looked at when nobody names one. */
const mostBranches = 20;

/**
 * Why a service is, or is not, what somebody expects in an environment: what is there, what was asked for last and what it
 * was told, and what the rules would say now of the head of each branch that matters there.
 */
export async function explainEnvironment(db: Db, input: ExplainInput): Promise<Explanation> {
  const { environment, snapshot } = input;
  const service = await findService(db, input.service);
  const [status] = await readStatus(db, [service], [environment], input.now);
  const last = await new ReleaseStore(db).lastRequested(service.name, environment);
  const found = status?.environments.find((entry) => entry.environment === environment);
  const candidates = await candidatesOf(db, input);
  return compact({
    status: found ?? { environment, pending: [] },
    last: last === undefined ? undefined : toReleaseView(last),
    handEdits: [...(await new HandEditStore(db).pending(service.name, environment))],
    now: await Promise.all(candidates.map((artifact) => sayNow(db, artifact, input))),
    problems: blockingProblems(snapshot, input).map(({ file, line, message }) => ({ file, line, message })),
  });
}

async function candidatesOf(db: Db, input: ExplainInput): Promise<Artifact[]> {
  const { service, artifact, branch } = input;
  if (artifact !== undefined) return [await findArtifact(db, service, { artifact })];
  if (branch !== undefined) return [await findArtifact(db, service, { branch })];
  const records = new ArtifactRecords(db);
  const heads = await Promise.all(
    (await records.branches(service, mostBranches)).map((name) => records.head(service, name)),
  );
  return heads.filter((head) => head !== undefined).filter((head) => concerns(head, input));
}

/** Without a branch asked for, only those count that a rule of the environment names. */
function concerns(head: Artifact, { service, environment, snapshot }: ExplainInput): boolean {
  const { policies } = policiesFor(snapshot, service);
  return policies.some(({ policy }) => policy.environment === environment && matchesBranch(policy, head.branch));
}

async function sayNow(db: Db, artifact: Artifact, input: ExplainInput): Promise<Explanation['now'][number]> {
  const { service, environment, snapshot, now } = input;
  const { policies } = policiesFor(snapshot, service);
  const target = autoReleaseTargets(policies, { branch: artifact.branch, branchProven: artifact.proven }).find(
    (each) => each.environment === environment,
  );
  const automatic = target !== undefined;
  const intent = automatic ? 'auto' : 'branch';
  const stops = await stopsNow(db, { ...input, artifactId: artifact.id, automatic });
  const decision = decideRelease({ snapshot, service, environment, artifact, intent, automatic, stops, now });
  return {
    branch: artifact.branch,
    artifact: artifact.id,
    automatic,
    decision: { ...decision, opinions: [...decision.opinions] },
    says: `${decision.verdict}: ${summarize(decision)}`,
  };
}

async function stopsNow(
  db: Db,
  { stops, recovery, now, ...subject }: ExplainInput & { readonly artifactId: string; readonly automatic: boolean },
): Promise<readonly RuleOpinion[]> {
  const lost = subject.automatic ? await recovery.automationHold(db) : undefined;
  const against = (await stops.on(db, [subject], now))(subject);
  return lost === undefined ? against : [lost, ...against];
}
