import { buildId, isKnownRun, type BuildView, type Check } from '@release-manager/contract';
import { AppError, assertServiceName, type Actor } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { addChecksTo, mergeChecks } from '../artifacts/index.ts';
import { appendLedger } from '../ledger/index.ts';
import { assertStorable } from '../services/index.ts';
import { BuildStore, type BuildKey } from './build-store.ts';
import type { Build } from './build.ts';

/** What somebody tells of a build. */
export interface BuildReport extends BuildKey {
  readonly source: BuildView['source'];
  readonly ci: BuildView['ci'];
  readonly checks: readonly Check[];
}

/**
 * What can be said of a report without looking anything up.
 * @throws AppError invalid `build.unknown-run`, `build.id-mismatch`, `name.service`, `text.not-storable`
 */
export function assertReport({ service, id, source, ci, checks }: BuildReport): void {
  assertServiceName(service);
  assertStorable({ source, ci, checks });
  if (!isKnownRun(ci)) {
    throw new AppError('invalid', 'build.unknown-run', 'A build is told by its job URL or its run number.', {
      next: 'send ci.jobUrl or ci.runNumber',
    });
  }
  const expected = buildId(ci);
  if (id === expected) return;
  throw new AppError('invalid', 'build.id-mismatch', `This run makes the id ${expected}, not ${id}.`, {
    next: 'compute it from provider, jobUrl, runNumber and runAttempt as the API describes it; `release-cli artifact init` does',
  });
}

/**
 * Writes down what was told, in the caller's transaction. What a finished build still says goes on to its artifact.
 * @throws AppError conflict `build.other-source`; invalid `artifact.too-many-checks`
 */
export async function reportBuild(tx: Db, report: BuildReport, { actor, at }: By): Promise<Build> {
  const store = new BuildStore(tx);
  const key = { service: report.service, id: report.id };
  const known = await store.lock(key);
  const begun = known === undefined ? await store.insert(key, tidy(report), actor, at) : undefined;
  if (begun !== undefined) {
    await appendStarted(tx, begun, { actor, at });
    return begun;
  }
  // Somebody may have told of it for the first time while this one waited.
  const current = known ?? (await store.lock(key));
  if (current === undefined) throw vanished(report);
  assertSameSource(current, report.source);
  const ci = { ...current.ci, ...report.ci };
  const checks = mergeChecks(current.checks, report.checks);
  const build = (await store.report(current, { source: report.source, ci, checks }, at)) ?? current;
  if (current.state === 'abandoned') await appendStarted(tx, build, { actor, at }, current);
  const { artifactId } = build;
  if (artifactId !== undefined)
    await addChecksTo(tx, { service: build.service, id: artifactId }, { checks: report.checks, actor, at });
  return build;
}

interface By {
  readonly actor: Actor;
  readonly at: Date;
}

/**
 * A build is of one commit. A token that may speak for another branch only must not slip checks into it.
 * @throws AppError conflict `build.other-source`
 */
export function assertSameSource(
  build: Build,
  { branch, sha }: { readonly branch: string; readonly sha: string },
): void {
  if (build.source.branch === branch && build.source.sha === sha) return;
  const { service, id, source } = build;
  throw new AppError(
    'conflict',
    'build.other-source',
    `The build ${id} of ${service} is of ${source.branch} at ${source.sha.slice(0, 10)}, not of ${branch} at ${sha.slice(0, 10)}.`,
    { next: 'report it with the branch and commit it began with, or begin another with `release-cli artifact init`' },
  );
}

function tidy({ source, ci, checks }: BuildReport): Pick<BuildReport, 'source' | 'ci' | 'checks'> {
  return { source, ci, checks: mergeChecks([], checks) };
}

async function appendStarted(tx: Db, build: Build, { actor, at }: By, before?: Build): Promise<void> {
  const { service, id, source, ci } = build;
  await appendLedger(tx, {
    kind: 'build.started',
    actor,
    service,
    from: before?.state,
    to: 'running',
    cause: `a build of ${source.branch} at ${source.sha.slice(0, 10)} ${before === undefined ? 'began' : 'was heard of again'}`,
    details: {
      build: id,
      branch: source.branch,
      sha: source.sha,
      ...(ci.jobUrl === undefined ? {} : { jobUrl: ci.jobUrl }),
    },
    at,
  });
}

/** Nobody deletes builds; if somebody did at this moment, the next report begins it anew. */
function vanished({ service, id }: BuildKey): AppError {
  return new AppError('unavailable', 'build.vanished', `The build ${id} of ${service} was removed a moment ago.`, {
    next: 'report it again',
  });
}
