import type { ArtifactFile } from '@release-manager/domain';

import { parseManifests } from './manifest-parser.ts';
import type { YamlValue } from './yaml-tree.ts';

/** One file of tests. */
export function fileOf(text: string, path = 'app.yaml'): ArtifactFile {
  return { path, content: new TextEncoder().encode(text) };
}

export function textOf(file: ArtifactFile | undefined): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(file?.content);
}

/** The objects of files as plain data; throws when a file has a problem. */
export function objectsIn(files: readonly ArtifactFile[]): unknown[] {
  const parsed = parseManifests(files);
  const [problem] = parsed.problems;
  if (problem !== undefined) throw new Error(`${problem.file}:${problem.line} ${problem.rule} ${problem.message}`);
  return parsed.files.flatMap((file) => file.objects.map(({ tree, map }) => plain(tree.value(map))));
}

function plain(value: YamlValue): unknown {
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<string, YamlValue>)];
    return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
  }
  return Array.isArray(value) ? (value as readonly YamlValue[]).map(plain) : value;
}

/** What `helm template` prints, as untidy as it really is. */
export const helmOutput = `---
# Source: shop/templates/serviceaccount.yaml
apiVersion: v1
kind: ServiceAccount
metadata:
  name: web
  labels:

    helm.sh/chart: shop-1.2.3
    app.kubernetes.io/version: "4.10"
---
# Source: shop/templates/configmap.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  app.properties: |-
    # not a comment
    a=1
    ---
    b: [2
  folded: >
    a long line that was folded
    by somebody,

    with a gap
  long: "a very long string that goes on
    and on over \\
    several lines"
---
# Source: shop/templates/empty.yaml
---

---
# Source: shop/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web   # the name
  # who owns it
  labels:
    # chart
    helm.sh/chart: shop-1.2.3
    app: "web"
  annotations: {}
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      annotations:
        checksum/config: 'd41d8cd98f00b204e9800998ecf8427e'
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: "registry.example.com/web:4.10"
        args: ["--port", "8080"]   # both
        env:
        - {name: PORT, value: "8080"}
`;

/** What `kustomize build` prints: sorted keys, no comments, sequences not indented. */
export const kustomizeOutput = `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports:
  - port: 80
    targetPort: http
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: report
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - image: registry.example.com/report@sha256:0000000000000000000000000000000000000000000000000000000000000000
            name: report
          restartPolicy: Never
  schedule: '*/5 * * * *'
`;
