import { defaultArchiveLimits } from '@release-manager/archive';
import type { ConfigSnapshot } from '@release-manager/config-repo';
import type { ArtifactSpec } from '@release-manager/contract';
import { AppError, branchSlug, newId, type Actor } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';

import { appendLedger } from '../ledger/index.ts';
import { assertStorable, bindUpload } from '../services/index.ts';
import { addChecks } from './add-checks.ts';
import { ArtifactTable, type Registration } from './artifact-table.ts';
import type { Artifact } from './artifact.ts';
import { askSource } from './ask-source.ts';
import { claimOf } from './claim-of.ts';
import { proveBranch } from './prove-branch.ts';

/** How long an upload URL counts: enough for 64 MiB over a slow line. */
export const uploadSeconds = 15 * 60;

export interface Announcement {
  readonly spec: ArtifactSpec;
  readonly size: number;
  readonly sha256: string;
}

const cameAgain = 'it came again from somebody who may speak for the branch';

interface RegisterContext {
  readonly actor: Actor;
  readonly snapshot: ConfigSnapshot;
  readonly queue: Pick<Queue, 'enqueue'>;
  /** Whether GitHub is asked of its commit and branch. */
  readonly asksSource?: boolean | undefined;
  /** Whether whoever announces it may speak for the branch. An artifact that was proven once stays so. */
  readonly proven: boolean;
  readonly at: Date;
}

/**
 * What can be said before anything is uploaded.
 * @throws AppError invalid `artifact.too-large`, `artifact.id-mismatch`, `text.not-storable`
 */
export function assertAnnouncement({ spec, size }: Announcement): void {
  const most = defaultArchiveLimits.zipBytes;
  if (size > most) {
    throw new AppError('invalid', 'artifact.too-large', `The zip has ${size} bytes; at most ${most} are taken.`, {
      next: 'render only what the service itself needs, and keep large data out of its manifests',
    });
  }
  assertStorable(spec);
  const { branch, sha } = spec.source;
  const start = `${branchSlug(branch)}-${sha.slice(0, 10)}-`;
  if (spec.id.startsWith(start) && spec.id.length === start.length + 10) return;
  throw new AppError(
    'invalid',
    'artifact.id-mismatch',
    `The id ${spec.id} is not one of branch ${branch} at ${sha}; it would begin with ${start}`,
    { next: 'let `release-cli artifact push` make the id' },
  );
}

/**
 * The row of an artifact that somebody announces, in the caller's transaction. It expects an upload unless it is `ready`: what is
 * ready stays as it is and may only get more checks.
 * @throws AppError invalid `artifact.id-taken`, `artifact.too-many-checks`; conflict `service.…-bound`,
 * `artifact.unproven`
 */
export async function registerArtifact(tx: Db, input: Announcement, context: RegisterContext): Promise<Artifact> {
  const artifact = await announce(tx, input, context);
  if (context.asksSource === true) await askSource(tx, artifact, context);
  return artifact;
}

async function announce(tx: Db, input: Announcement, context: RegisterContext): Promise<Artifact> {
  const { spec } = input;
  const { at } = context;
  await bindUpload(tx, claimOf(spec), context);
  const table = new ArtifactTable(tx);
  const registration: Registration = {
    ...input,
    uploadKey: `uploads/${spec.service}/${newId('upl', at)}.zip`,
    uploadExpiresAt: new Date(at.getTime() + uploadSeconds * 1000),
    actor: context.actor,
    proven: context.proven,
    at,
  };
  const found = await table.lock(spec.id);
  if (found === undefined) return recorded(tx, await table.insert(registration), registration);
  assertSame(found, spec);
  // Two runs of one build upload the same bytes to the same place, and neither spoils it for the other.
  const isSameZip = found.zipSha256 === input.sha256 && found.zipSize === input.size;
  if (found.state !== 'ready' && (found.state === 'rejected' || !isSameZip))
    return recorded(tx, await table.expectAgain(registration), registration, found.state);
  if (!found.proven && context.proven && !isSameZip) throw unproven(spec);
  if (!found.proven && context.proven) await proveBranch(tx, found, { ...context, because: cameAgain });
  if (found.state !== 'ready')
    return present(await table.extendUpload(found.id, registration.uploadExpiresAt, at), spec.id);
  return addToReady(tx, found, spec, context);
}

/** Who may not speak for the branch has nothing to add to what is certain. */
async function addToReady(tx: Db, found: Artifact, spec: ArtifactSpec, context: RegisterContext): Promise<Artifact> {
  if (found.proven && !context.proven) return found;
  const known = { ...found, proven: found.proven || context.proven };
  return addChecks(tx, known, { ...context, checks: spec.checks ?? [] });
}

/** Content decides the id, so the same id for something else is an error of whoever computed it. */
function assertSame(known: Artifact, { id, service, source }: ArtifactSpec): void {
  if (known.service === service && known.branch === source.branch && known.sha === source.sha) return;
  throw idTaken(id);
}

async function recorded(
  tx: Db,
  artifact: Artifact | undefined,
  { spec, actor, size, at }: Registration,
  from?: string,
): Promise<Artifact> {
  const { id } = present(artifact, spec.id);
  await appendLedger(tx, {
    kind: 'artifact.registered',
    actor,
    service: spec.service,
    artifactId: id,
    from,
    to: 'pending',
    cause: `${id} of ${spec.source.branch} was registered${from === undefined ? '' : ' again'}`,
    details: { branch: spec.source.branch, sha: spec.source.sha, size },
    at,
  });
  return present(artifact, id);
}

function present(artifact: Artifact | undefined, id: string): Artifact {
  if (artifact === undefined) throw idTaken(id);
  return artifact;
}

/** The digest in an id is short enough to be forged by whoever wants to: only the same bytes are the same artifact. */
function unproven({ id, service, source }: ArtifactSpec): AppError {
  const message = `${id} came straight into the bucket with other bytes, and that it is of ${source.branch} was only claimed.`;
  return new AppError('conflict', 'artifact.unproven', message, {
    next: `push a new commit, or list ${service} under trustIncoming in release-manager.yaml and upload it to incoming/ again`,
  });
}

function idTaken(id: string): AppError {
  return new AppError('invalid', 'artifact.id-taken', `${id} is the id of another service, branch or commit.`, {
    next: 'an id is computed from service, branch, commit and manifests; let `release-cli artifact push` make it',
  });
}
