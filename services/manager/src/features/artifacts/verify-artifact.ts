import { createHash } from 'node:crypto';

import { inspectArchive, type ArchiveContent } from '@release-manager/archive';
import type { ManifestProblemView } from '@release-manager/contract';
import { AppError, artifactId } from '@release-manager/domain';

import { byEnvironment } from './artifact-loader.ts';
import type { Artifact, EnvironmentContent } from './artifact.ts';
import { checkSpec } from './read-spec.ts';
import { rejected, type Verdict } from './verdict.ts';
import { verifyEnvironment, type EnvironmentInput } from './verify-environment.ts';

export interface VerifyInput extends Omit<EnvironmentInput, 'environment' | 'files'> {
  readonly artifact: Artifact;
  readonly zip: Buffer;
  /** The environments to judge, when not all of them. */
  readonly only?: ReadonlySet<string>;
}

/** Folders in one artifact; far beyond any installation, and each costs a row of work. */
const mostEnvironments = 50;

/**
 * Judges an uploaded zip, which may come from anybody: the archive, what it says it is, and its manifests environment by
 * environment. Never throws for what is in the zip.
 */
export async function verifyArtifact(input: VerifyInput): Promise<Verdict> {
  const { artifact, zip, breathe } = input;
  const wrongBytes = checkBytes(artifact, zip);
  if (wrongBytes !== undefined) return rejected(wrongBytes);
  const content = await readContent(artifact, zip);
  if ('rule' in content) return rejected(content);
  const { files, emptyEnvironments } = content;
  await breathe();
  const wrongIdentity = checkSpec(files, artifact.spec) ?? checkId(artifact, content);
  if (wrongIdentity !== undefined) return rejected(wrongIdentity);
  const folders = new Map([...byEnvironment(files), ...emptyEnvironments.map((name) => [name, []] as const)]);
  if (folders.size === 0 || folders.size > mostEnvironments) return rejected(wrongCount(artifact, folders.size));
  const environments: Record<string, EnvironmentContent> = {};
  for (const [environment, its] of folders) {
    if (input.only?.has(environment) === false) continue;
    environments[environment] = await verifyEnvironment({ ...input, environment, files: its });
    await breathe();
  }
  const isUsable = Object.values(environments).some(({ state }) => state === 'ready');
  return { state: isUsable ? 'ready' : 'rejected', problems: [], environments, files };
}

function checkBytes(artifact: Artifact, zip: Buffer): ManifestProblemView | undefined {
  const next = 'upload the same file that was registered, or register it again';
  if (zip.length !== artifact.zipSize) {
    const message = `${artifact.zipSize} bytes were announced, and ${zip.length} lie in the store.`;
    return atZip(artifact, 'artifact.size', message, next);
  }
  if (createHash('sha256').update(zip).digest('hex') === artifact.zipSha256) return undefined;
  return atZip(artifact, 'artifact.checksum', 'The uploaded bytes do not have the SHA-256 that was announced.', next);
}

async function readContent(artifact: Artifact, zip: Buffer): Promise<ArchiveContent | ManifestProblemView> {
  try {
    return await inspectArchive(zip);
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'invalid') throw error;
    const { file } = error.details;
    const problem = atZip(artifact, error.code, error.message, error.next);
    return typeof file === 'string' ? { ...problem, file } : problem;
  }
}

function checkId({ id, service, branch, sha }: Artifact, { files }: ArchiveContent): ManifestProblemView | undefined {
  const computed = artifactId({ service, branch, sha }, files);
  if (computed === id) return undefined;
  return {
    file: 'artifact.json',
    line: 1,
    rule: 'artifact.id-mismatch',
    message: `These manifests make the id ${computed}, not ${id}.`,
    next: 'pack the files that the id was computed from; `release-cli artifact push` does both in one',
  };
}

function wrongCount(artifact: Artifact, count: number): ManifestProblemView {
  return count === 0
    ? atZip(artifact, 'artifact.no-environment', 'The archive holds no environment.', 'pack one folder per environment')
    : atZip(
        artifact,
        'artifact.too-many-environments',
        `The archive holds ${count} environments; ${mostEnvironments} are taken.`,
      );
}

function atZip({ id }: Artifact, rule: string, message: string, next?: string): ManifestProblemView {
  return { file: `${id}.zip`, line: 1, rule, message, ...(next === undefined ? {} : { next }) };
}
