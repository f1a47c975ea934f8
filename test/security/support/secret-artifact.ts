import { createHash } from 'node:crypto';

import { writeArchive } from '@release-manager/archive';
import type { ArtifactSpec } from '@release-manager/contract';
import { artifactId, type ArtifactFile } from '@release-manager/domain';

import type { MadeArtifact } from '../../support/make-artifact.ts';

export interface SecretsInside {
  /** Value of a Secret, in `stringData` and in `data`. */
  readonly secret: string;
  /** Value of an environment variable of a container. */
  readonly variable: string;
  /** Quoted by the message of the source's commit. */
  readonly message: string;
  /** The version that CI built; the same secrets make another artifact. */
  readonly run: number;
}

/** An artifact whose manifests hold what should not be there, and yet often is. */
export async function makeSecretArtifact(service: string, inside: SecretsInside): Promise<MadeArtifact> {
  const sha = createHash('sha1').update(`${service} ${inside.run}`).digest('hex');
  const files: ArtifactFile[] = [
    { path: `dev/${service}.yaml`, content: Buffer.from(manifests(service, inside)) },
    { path: `prod/${service}.yaml`, content: Buffer.from(manifests(service, inside)) },
  ];
  const spec: ArtifactSpec = {
    schemaVersion: 1,
    id: artifactId({ service, branch: 'main', sha }, files),
    service,
    namespaces: { default: 'shop' },
    source: {
      repository: `https://git.example.com/shop/${service}`,
      branch: 'main',
      sha,
      message: `fix: use ${inside.message}`,
      author: { name: 'Sam Okoro', email: 'sam@example.com' },
    },
    ci: { provider: 'test', workflow: 'build', runNumber: inside.run, runAttempt: 1 },
  };
  const zip = new Uint8Array(
    await writeArchive([{ path: 'artifact.json', content: Buffer.from(JSON.stringify(spec)) }, ...files]),
  );
  return { spec, zip, sha256: createHash('sha256').update(zip).digest('hex') };
}

function manifests(service: string, { secret, variable, run }: SecretsInside): string {
  return `---
apiVersion: v1
kind: Secret
metadata: { name: ${service}, namespace: shop }
stringData: { password: ${secret} }
data: { password-again: ${Buffer.from(secret).toString('base64')} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${service}, namespace: shop, labels: { run: "${run}" } }
spec:
  selector: { matchLabels: { app: ${service} } }
  template:
    metadata: { labels: { app: ${service} } }
    spec:
      containers:
        - name: app
          image: example.com/${service}:1
          env: [{ name: DB_PASSWORD, value: ${variable} }]
`;
}
