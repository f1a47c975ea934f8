import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import { defaultArchiveLimits, inspectArchive } from '@release-manager/archive';
import { ArtifactSpec } from '@release-manager/contract';
import { AppError, isPermanent } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';
import type { ArtifactStore } from '@release-manager/storage';

import { FolderStore, objectKey, type ConfigRepo } from '../config-repo/index.ts';
import { assertStorable, bindUpload, ServiceRecords, ServiceStore, type Service } from '../services/index.ts';
import { AdoptedArtifacts } from './adopted-artifacts.ts';
import { ArtifactRecords } from './artifact-records.ts';
import { artifactKey, type Artifact } from './artifact.ts';
import { claimOf } from './claim-of.ts';
import { legibleVerdict } from './legible.ts';
import type { Verdict } from './verdict.ts';
import { verifyArtifact } from './verify-artifact.ts';

export interface AdoptDeps {
  readonly database: Database;
  readonly store: ArtifactStore;
  readonly repo: Pick<ConfigRepo, 'snapshot'>;
  readonly now: () => Date;
  /** Whether GitHub is asked of commits and branches. */
  readonly asksSource?: boolean | undefined;
  /** Whether the branch of what the store holds of a service may be believed; whoever brought it is forgotten. */
  readonly isProven: (service: string) => boolean;
}

export interface StoredArtifact {
  readonly key: string;
  /** When it was put there, which was right after it was verified. */
  readonly modifiedAt: Date;
}

export interface AdoptOptions {
  /** A row that is not ready and was made after this belongs to an upload that is under way. */
  readonly lostAt: Date;
  readonly signal: AbortSignal;
}

/** `known`: nothing to do. `unusable`: it will be no artifact of ours, however often it is looked at. */
export type Adoption = { readonly kind: 'adopted' | 'known' } | { readonly kind: 'unusable'; readonly problem: string };

/**
 * Takes a verified zip back into a database that forgot it: verified again, by the rules of now. Nobody is told that it became
 * ready, so it triggers no automation. Safe to repeat.
 * @throws AppError unavailable when the store or the database does not answer; try again
 */
export async function adoptStored(deps: AdoptDeps, stored: StoredArtifact, options: AdoptOptions): Promise<Adoption> {
  try {
    return await adopt(deps, stored, options);
  } catch (error) {
    if (!(error instanceof AppError) || !isPermanent(error) || error.kind === 'bug') throw error;
    return { kind: 'unusable', problem: error.message };
  }
}

async function adopt(deps: AdoptDeps, stored: StoredArtifact, { lostAt, signal }: AdoptOptions): Promise<Adoption> {
  const { database, store, repo, now } = deps;
  const zip = await store.read(stored.key, defaultArchiveLimits.zipBytes);
  const spec = await readSpec(zip, stored.key);
  if (await isUnderWay(deps, spec.id)) return { kind: 'known' };
  const zipSha256 = createHash('sha256').update(zip).digest('hex');
  const service = await serviceOf(deps, spec, stored);
  const artifact: Artifact = {
    id: spec.id,
    seq: 0,
    service: spec.service,
    branch: spec.source.branch,
    sha: spec.source.sha,
    state: 'uploaded',
    spec,
    zipSha256,
    zipSize: zip.length,
    environments: {},
    problems: [],
    proven: deps.isProven(spec.service),
    registeredBy: { kind: 'manager' },
    registeredAt: stored.modifiedAt,
  };
  const verdict: Verdict = await verifyArtifact({
    artifact,
    zip,
    service,
    snapshot: repo.snapshot(),
    async ownerOf(environment, objects) {
      const owners = await new FolderStore(database.db).ownersOf(objects.map((each) => ({ ...each, environment })));
      return (object) => owners.get(objectKey(environment, object));
    },
    async breathe() {
      await nextTurn();
      signal.throwIfAborted();
    },
  });
  return database.transaction(async (tx) => {
    const current = await new ServiceStore(tx).lock(service.name);
    if (!isDeepStrictEqual(current?.namespaces, service.namespaces)) throw serviceChanged(service.name);
    const context = { lostAt, asksSource: deps.asksSource === true, at: now() };
    const adopted = await new AdoptedArtifacts(tx).record(artifact, legibleVerdict(verdict), context);
    return { kind: adopted ? 'adopted' : 'known' };
  });
}

/**
 * Whether an upload of this artifact still waits for its verdict: then whoever verifies it also tells automation. It is removed
 * once it is judged, so a backup that believes in one that is gone is out of date.
 */
async function isUnderWay({ database, store }: AdoptDeps, id: string): Promise<boolean> {
  const artifact = await new ArtifactRecords(database.db).find(id);
  return artifact?.uploadKey !== undefined && (await store.head(artifact.uploadKey)) !== undefined;
}

/** @throws AppError invalid for what the manager never wrote there, or what somebody spoiled since */
async function readSpec(zip: Buffer, key: string): Promise<ArtifactSpec> {
  const { files } = await inspectArchive(zip);
  const content = files.find(({ path }) => path === 'artifact.json')?.content;
  const { data } = ArtifactSpec.safeParse(parseJson(content));
  if (data === undefined) throw new AppError('invalid', 'artifact.spec', 'Its artifact.json is missing or not valid.');
  if (artifactKey(data) !== key)
    throw new AppError('invalid', 'artifact.other-key', `It says that it is ${artifactKey(data)}.`);
  assertStorable(data);
  return data;
}

function parseJson(content: Uint8Array | undefined): unknown {
  try {
    return content === undefined ? undefined : JSON.parse(Buffer.from(content).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Registered by what the artifact says, where nothing else is known of the service. */
async function serviceOf({ database, repo }: AdoptDeps, spec: ArtifactSpec, stored: StoredArtifact): Promise<Service> {
  const known = await new ServiceRecords(database.db).find(spec.service);
  if (known !== undefined) return known;
  const context = { actor: { kind: 'manager' } as const, snapshot: repo.snapshot(), at: stored.modifiedAt };
  return database.transaction((tx) => bindUpload(tx, claimOf(spec), context));
}

function serviceChanged(service: string): AppError {
  return new AppError('unavailable', 'artifact.service-changed', `${service} changed while its artifacts were read.`, {
    next: 'nothing: they are read again at once',
  });
}
