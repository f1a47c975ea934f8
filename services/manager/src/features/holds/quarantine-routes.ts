import { AppError } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';

import { cutPage, parseIdCursor, type Principal, type Routes } from '../../http/index.ts';
import type { Rights } from '../access/index.ts';
import { artifactNotFound, ArtifactRecords } from '../artifacts/index.ts';
import { assertEnvironments, FolderStore, type ConfigRepo } from '../config-repo/index.ts';
import { ReleaseStore, toReleaseView } from '../releases/index.ts';
import { ServiceRecords } from '../services/index.ts';
import { toQuarantineView } from './hold-view.ts';
import type { Quarantine } from './hold.ts';
import { liftQuarantine, quarantineArtifact, type QuarantineOutcome } from './quarantine-artifact.ts';
import { QuarantineStore } from './quarantine-store.ts';

export interface QuarantineRouteDeps {
  readonly database: Database;
  readonly repo: Pick<ConfigRepo, 'snapshot'>;
  readonly rights: Rights;
  readonly now: () => Date;
}

/** More than any artifact has environments. */
const mostEnvironments = 500;

type QuarantineOperations = 'quarantineArtifact' | 'liftQuarantine' | 'listQuarantines';

/** Saying that an artifact is bad, and taking that back. Both need the right `rollback` wherever they count. */
export function createQuarantineRoutes(deps: QuarantineRouteDeps): Routes<QuarantineOperations> {
  const { database, repo, now } = deps;
  return {
    async quarantineArtifact({ principal, actor, params, body }) {
      const artifact = await new ArtifactRecords(database.db).find(params.id);
      if (artifact === undefined) throw artifactNotFound(params.id);
      const { service } = artifact;
      if (body.environments !== undefined) assertEnvironments(repo.snapshot(), body.environments);
      const where = await environmentsFor(deps, principal, { service, named: body.environments });
      const at = now();
      const reason = body.reason.trim();
      // In one order for everybody: two that lock the same targets must not wait for each other.
      const outcomes = await database.transaction(async (tx) => {
        const done: QuarantineOutcome[] = [];
        await new ReleaseStore(tx).lockTargets(service, where);
        for (const environment of where.toSorted())
          done.push(await quarantineArtifact(tx, { service, environment, artifactId: artifact.id, reason, actor, at }));
        return done;
      });
      const folders = await new FolderStore(database.db).ofServices([service]);
      const currentIn = folders.filter((each) => each.artifactId === artifact.id && where.includes(each.environment));
      const current = [...new Set(currentIn.map(({ environment }) => environment))];
      return {
        quarantines: outcomes.map(({ quarantine }) => toQuarantineView(quarantine, at)),
        denied: outcomes.flatMap(({ denied }) => denied.map(toReleaseView)),
        onTheirWay: outcomes.flatMap(({ onTheirWay }) => onTheirWay.map(toReleaseView)),
        currentIn: current,
        message: quarantineWords(artifact.id, where, current),
      };
    },

    async liftQuarantine({ principal, actor, params, body }) {
      const stands = await new QuarantineStore(database.db).list({ artifactId: params.id }, mostEnvironments);
      const wanted = stands.filter(({ environment }) => body.environments?.includes(environment) ?? true);
      if (wanted.length === 0) await assertMeant(deps, params.id, body.environments);
      await assertMayLift(deps, principal, wanted);
      const at = now();
      const places = [...new Map(wanted.map((each) => [each.environment, each])).values()];
      const lifted = await database.transaction(async (tx) => {
        const done: Quarantine[] = [];
        for (const { service, environment } of places.toSorted((a, b) => (a.environment < b.environment ? -1 : 1))) {
          const gone = await liftQuarantine(tx, { service, environment, artifactId: params.id, actor, at });
          if (gone !== undefined) done.push(gone);
        }
        return done;
      });
      const names = lifted.map(({ environment }) => environment);
      const message =
        names.length === 0
          ? notQuarantined(params.id, stands)
          : `${params.id} may be released to ${names.join(', ')} again; nothing goes out by itself`;
      return { lifted: lifted.map((each) => toQuarantineView(each, at)), message };
    },

    async listQuarantines({ query: { service, environment, artifact, limit, cursor } }) {
      const at = now();
      const filter = { service, environment, artifactId: artifact, after: parseIdCursor('qua', cursor) };
      const found = await new QuarantineStore(database.db).list(filter, limit + 1);
      return cutPage(
        found,
        limit,
        (quarantine) => toQuarantineView(quarantine, at),
        ({ id }) => id,
      );
    },
  };
}

/**
 * Those that are named, if the caller may roll back in each; else all in which they may.
 * @throws AppError forbidden `access.forbidden`
 */
async function environmentsFor(
  { database, repo, rights }: QuarantineRouteDeps,
  principal: Principal,
  { service, named }: { readonly service: string; readonly named: readonly string[] | undefined },
): Promise<readonly string[]> {
  const owner = (await new ServiceRecords(database.db).find(service))?.owner;
  const act = (environment: string) => ({ verb: 'rollback', service, environment, owner }) as const;
  if (named !== undefined) {
    for (const environment of named) rights.assertMay(principal, act(environment));
    return named;
  }
  const declared = repo.snapshot().environments.map(({ name }) => name);
  const allowed = declared.filter((environment) => rights.judge(principal, act(environment)).allowed);
  const [first] = declared;
  if (first === undefined) throw noEnvironments();
  // The refusal names a rule, and there is none for "nowhere": the first environment stands for all.
  if (allowed.length === 0) rights.assertMay(principal, act(first));
  return allowed;
}

async function assertMayLift(
  { database, rights }: QuarantineRouteDeps,
  principal: Principal,
  quarantines: readonly Quarantine[],
): Promise<void> {
  for (const { service, environment } of quarantines) {
    const owner = (await new ServiceRecords(database.db).find(service))?.owner;
    rights.assertMay(principal, { verb: 'rollback', service, environment, owner });
  }
}

/**
 * Nothing stands there to be lifted: the names may be slips, and who made one would believe that nothing stops the artifact.
 * @throws AppError not-found `environment.not-found`, `artifact.not-found`
 */
async function assertMeant(
  { database, repo }: QuarantineRouteDeps,
  id: string,
  environments: readonly string[] = [],
): Promise<void> {
  assertEnvironments(repo.snapshot(), environments);
  if ((await new ArtifactRecords(database.db).find(id)) === undefined) throw artifactNotFound(id);
}

function notQuarantined(id: string, elsewhere: readonly Quarantine[]): string {
  const places = [...new Set(elsewhere.map(({ environment }) => environment))];
  return places.length === 0
    ? `${id} is not quarantined`
    : `${id} is not quarantined there, only in ${places.join(', ')}`;
}

function quarantineWords(artifact: string, where: readonly string[], currentIn: readonly string[]): string {
  const said = `${artifact} may not be released to ${where.join(', ')} any more`;
  if (currentIn.length === 0) return said;
  return `${said}; it is in ${currentIn.join(', ')} now, and stays there until something else is released or \`release-cli rollback\` puts the one before back`;
}

function noEnvironments(): AppError {
  return new AppError('conflict', 'environment.none', 'No environment is declared.', {
    next: 'run `release-cli init`, or add one to release-manager.yaml',
  });
}
