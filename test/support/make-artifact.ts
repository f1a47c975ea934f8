import { createHash } from 'node:crypto';

import { writeArchive } from '@release-manager/archive';
import type { ArtifactSpec } from '@release-manager/contract';
import { artifactId, type ArtifactFile } from '@release-manager/domain';

import { shopService, type ShopEnvironment } from '../../services/manager/src/demo/shop/catalogue.ts';
import { renderService } from '../../services/manager/src/demo/shop/render-service.ts';

export interface MadeArtifact {
  readonly spec: ArtifactSpec;
  readonly zip: Uint8Array<ArrayBuffer>;
  readonly sha256: string;
}

export interface ArtifactInput {
  readonly service: string;
  readonly branch: string;
  /** Number of the CI run; a higher one is newer. */
  readonly run: number;
  /** The commit; one that belongs to service, branch and run when absent. */
  readonly sha?: string;
  /** Tag of the image; the same tag renders the same manifests. */
  readonly tag?: string;
  /** Chart of the shop that is rendered under the name of the service. */
  readonly chart?: string;
  /** Where its source lies. */
  readonly repository?: string;
  /** Instead of a chart: rendered files, each below the folder of its environment. */
  readonly files?: Readonly<Record<string, string>>;
  /** Default: shop. */
  readonly namespace?: string;
}

/** An artifact as CI uploads it. */
export async function makeArtifact({ chart = 'cart', ...input }: ArtifactInput): Promise<MadeArtifact> {
  const { service, branch, run, tag = `1.0.${run}` } = input;
  const sha = input.sha ?? createHash('sha1').update(`${service} ${branch} ${run}`).digest('hex');
  const environments: readonly ShopEnvironment[] = ['dev', 'staging', 'prod'];
  const files =
    input.files === undefined
      ? renderService({ ...shopService(chart), name: service }, tag, environments)
      : Object.entries(input.files).map(([path, text]) => ({ path, content: Buffer.from(text) }));
  const spec: ArtifactSpec = {
    schemaVersion: 1,
    id: artifactId({ service, branch, sha }, files),
    service,
    namespaces: { default: input.namespace ?? 'shop' },
    source: {
      repository: input.repository ?? `https://git.example.com/shop/${service}`,
      branch,
      sha,
      message: `${service}: change ${run}`,
      author: { name: 'Sam Okoro', email: 'sam@example.com' },
      committedAt: new Date(Date.UTC(2026, 0, 1, 0, run)).toISOString(),
    },
    ci: { provider: 'test', workflow: 'build', runNumber: run, runAttempt: 1 },
  };
  return { spec, ...(await pack(spec, files)) };
}

async function pack(spec: ArtifactSpec, files: readonly ArtifactFile[]): Promise<Omit<MadeArtifact, 'spec'>> {
  const zip = new Uint8Array(
    await writeArchive([{ path: 'artifact.json', content: Buffer.from(JSON.stringify(spec)) }, ...files]),
  );
  return { zip, sha256: createHash('sha256').update(zip).digest('hex') };
}
