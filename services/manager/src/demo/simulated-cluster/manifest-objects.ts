import type { ArtifactFile } from '@release-manager/domain';
import { parseManifests } from '@release-manager/manifests';
import type { KubeObject } from '@release-manager/testing';

/**
 * The objects of some files, as Flux would build them.
 * @throws Error with file, line and reason where it could not
 */
export function objectsOf(files: readonly ArtifactFile[]): KubeObject[] {
  const { files: parsed, problems } = parseManifests(files);
  const [problem] = problems;
  if (problem !== undefined) throw new Error(`${problem.file}:${problem.line}: ${problem.message}`);
  const documents = new Set(parsed.flatMap(({ objects }) => objects.map(({ tree }) => tree.document)));
  return [...documents].map((document) => document.toJS() as unknown).filter(isObject);
}

function isObject(value: unknown): value is KubeObject {
  return typeof value === 'object' && value !== null && 'kind' in value && 'metadata' in value;
}
