import { labelsOf, sourceOf, type ReleaseValues } from './release-values.ts';

/** The text of a ConfigMap may look like a manifest, with separators of its own. */
export function configMap(values: ReleaseValues): string {
  const { service, environment } = values;
  return `${sourceOf(values, 'configmap')}
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${service.name}-config
  labels:
${labelsOf(values, 4)}
data:
  environment: ${environment}
  retries: "3"
  maintenance: "no"
  ${service.name}.yaml: |
    # read by ${service.name} at its start
    listen: ":${service.port ?? 9102}"
    ---
    # a second document of the same file
    kind: Deployment
    timeouts:
      upstream: 2s
  banner.txt: |-
      Welcome to the shop!

      ---
      50% off, today only: "everything" & more
`;
}

/** base64 of nothing worth knowing; a real shop brings an ExternalSecret or SOPS. */
export function credentials(values: ReleaseValues): string {
  const { service, environment } = values;
  const password = Buffer.from(`not-a-real-password-of-${environment}`).toString('base64');
  return `${sourceOf(values, 'secret')}
apiVersion: v1
kind: Secret
metadata:
  name: ${service.name}-credentials
  labels:
${labelsOf(values, 4)}
type: Opaque
data:
  username: "c2hvcA=="
  password: ${password}
`;
}

export function serviceAccount(values: ReleaseValues): string {
  const { service } = values;
  return `${sourceOf(values, 'serviceaccount')}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${service.name}
  labels:
${labelsOf(values, 4)}
automountServiceAccountToken: false
`;
}
