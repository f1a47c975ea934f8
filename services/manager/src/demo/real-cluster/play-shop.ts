import type { ClusterAccess, KubeObject } from '@release-manager/testing/control-plane';

import { shopNamespace, shopServices } from '../shop/catalogue.ts';
import { crashingTag, crashLog, runLog } from '../simulated-cluster/index.ts';

/** What containers and disks would do: the images that crash and what they print, and something to bind claims to. */
export async function playShop(cluster: ClusterAccess, environment: string): Promise<void> {
  await cluster.client.apply(...crashPolicy(environment), ...disks());
  for (const { name } of shopServices) {
    const died = crashLog(`${name}:1.5.0-crashes-in-${environment}`, environment).trimEnd().split('\n');
    const current = runLog(name, environment).trimEnd().split('\n');
    await cluster.writeLogs({ namespace: shopNamespace, container: name, current, previous: died });
  }
}

/** Puts the label by which kwok lets a pod crash on every pod whose image is to crash. Its template has nothing of it. */
function crashPolicy(environment: string): KubeObject[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: 'images-that-crash' };
  return [
    {
      apiVersion,
      kind: 'MutatingAdmissionPolicy',
      metadata,
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        },
        matchConditions: [
          {
            name: 'image',
            expression: `object.spec.containers.exists(c, c.image.matches(r'${crashingTag(environment)}'))`,
          },
        ],
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: { expression: "Object{metadata: Object.metadata{labels: {'scenario': 'crash-loop'}}}" },
          },
        ],
      },
    },
    { apiVersion, kind: 'MutatingAdmissionPolicyBinding', metadata, spec: { policyName: metadata.name } },
  ];
}

/** Enough for the search engine of the shop in its largest environment, twice; nobody makes disks on demand here. */
function disks(): KubeObject[] {
  const storageClassName = 'played';
  const storageClass: KubeObject = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: storageClassName, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'kubernetes.io/no-provisioner',
  };
  const volumes = Array.from({ length: 10 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `disk-${index + 1}` },
    spec: {
      storageClassName,
      capacity: { storage: '50Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: `/nowhere/disk-${index + 1}` },
    },
  }));
  return [storageClass, ...volumes];
}
