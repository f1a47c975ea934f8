import {
  Environment,
  layout,
  planRelease,
  planUndeploy,
  type ExistingFiles,
  type InitEnvironment,
} from '@release-manager/config-repo';
import { ArtifactSpec } from '@release-manager/contract';

import type { ConfigClone } from './config-clone.ts';

export interface ServiceRelease {
  readonly environment: InitEnvironment;
  readonly namespace: string;
  readonly service: string;
  /** Rendered files by name. */
  readonly manifests: Readonly<Record<string, string>>;
  /** Of the stamp; a new one for each release. */
  readonly releaseId: string;
}

const source = {
  repository: 'acme/shop',
  branch: 'main',
  sha: '0123456789012345678901234567890123456789',
  author: { name: 'Ada', email: 'ada@example.com' },
};

/** Commits a release as the manager plans it, without a manager; @returns the commit. */
export async function commitRelease(clone: ConfigClone, release: ServiceRelease): Promise<string> {
  const { namespace, service, manifests, releaseId } = release;
  const environment = environmentOf(release.environment);
  const id = 'main-0123456789-abcdef0123';
  const { edits, problems } = planRelease({
    environment,
    namespace,
    service,
    owner: 'checkout',
    spec: ArtifactSpec.parse({ schemaVersion: 1, id, service, namespaces: { default: namespace }, source }),
    files: Object.entries(manifests).map(([path, text]) => ({ path, content: Buffer.from(text) })),
    release: { id: releaseId, intent: 'branch', actorName: 'ada', at: new Date() },
    existing: await existingFiles(clone, environment, namespace, service),
  });
  const [problem] = problems;
  if (problem !== undefined) throw new Error(problem.message);
  return clone.commit(edits, `[${environment.name}/${service}] release ${id} by ada`);
}

/** Commits an undeploy as the manager plans it; @returns the commit. */
export async function commitUndeploy(
  clone: ConfigClone,
  { environment, namespace, service }: Pick<ServiceRelease, 'environment' | 'namespace' | 'service'>,
): Promise<string> {
  const reserved = new Set(['namespace.yaml', 'artifacts.yaml']);
  const neighbours = await clone.files(`${layout.cluster(environment.name)}/${namespace}`);
  const otherServices = neighbours.flatMap(({ path }) => (reserved.has(path) ? [] : [path.replace(/\.yaml$/, '')]));
  const { edits } = planUndeploy({ environment, namespace, service, otherServices });
  return clone.commit(edits, `[${environment.name}/${service}] undeploy by ada`);
}

function environmentOf({ name, layout: fluxLayout = 'plain' }: InitEnvironment): Environment {
  return Environment.parse({ name, flux: { layout: fluxLayout } });
}

async function existingFiles(
  clone: ConfigClone,
  { name }: Environment,
  namespace: string,
  service: string,
): Promise<ExistingFiles> {
  const [kustomization, namespaceFile, artifactsFile] = [
    await clone.read(layout.kustomization(name, namespace, service)),
    await clone.read(layout.namespaceFile(name, namespace)),
    await clone.read(layout.artifacts(name, namespace)),
  ];
  return {
    ...(kustomization === undefined ? {} : { kustomization }),
    ...(namespaceFile === undefined ? {} : { namespaceFile }),
    ...(artifactsFile === undefined ? {} : { artifactsFile }),
    folder: await clone.files(layout.release(name, namespace, service)),
  };
}
