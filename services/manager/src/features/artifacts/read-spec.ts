import { isDeepStrictEqual } from 'node:util';

import { ArtifactSpec, type ManifestProblemView } from '@release-manager/contract';
import { messageOf, type ArtifactFile } from '@release-manager/domain';

const name = 'artifact.json';

/** What makes an artifact what it is. Checks may grow after it was packed, and unknown fields are nobody's business. */
const identity = ['id', 'service', 'namespaces', 'owner', 'source', 'ci'] as const;

/**
 * Compares `artifact.json` of the zip with what was registered: after the database was lost, the one in the zip is all there
 * is, and it must not tell of another author or commit than the one that was judged. Nothing when it agrees.
 */
export function checkSpec(files: readonly ArtifactFile[], registered: ArtifactSpec): ManifestProblemView | undefined {
  const { spec, problem: unreadable } = readSpec(files);
  if (spec === undefined) return unreadable;
  const different = identity.filter((field) => !isDeepStrictEqual(spec[field], registered[field]));
  if (different.length === 0) return undefined;
  return problem(
    'artifact.spec-mismatch',
    `artifact.json differs from what was registered in ${different.join(', ')}.`,
    'register exactly what artifact.json says; `release-cli artifact push` does',
  );
}

type ReadSpec =
  | { readonly spec: ArtifactSpec; readonly problem?: undefined }
  | { readonly spec?: undefined; readonly problem: ManifestProblemView };

/** The `artifact.json` among the files of an archive, or what is wrong with it. */
export function readSpec(files: readonly ArtifactFile[]): ReadSpec {
  const file = files.find(({ path }) => path === name);
  if (file === undefined) return { problem: problem('artifact.no-spec', 'The archive holds no artifact.json.') };
  const parsed = ArtifactSpec.safeParse(readJson(file.content));
  if (parsed.success) return { spec: parsed.data };
  const said = parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  return { problem: problem('artifact.spec', `artifact.json is not valid: ${said.join('; ').slice(0, 1000)}`) };
}

function readJson(content: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch (error) {
    return messageOf(error);
  }
}

function problem(rule: string, message: string, next?: string): ManifestProblemView {
  return { file: name, line: 1, rule, message, ...(next === undefined ? {} : { next }) };
}
