import type { KubeObject } from '@release-manager/testing/control-plane';

const group = 'shop.example.com';

/** A kind of somebody's own, with conditions that a test sets instead of its controller. */
export const treeKind: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `trees.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'trees', singular: 'tree', kind: 'Tree', listKind: 'TreeList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

export const tree: KubeObject = {
  apiVersion: `${group}/v1`,
  kind: 'Tree',
  metadata: { name: 'oak' },
  spec: { height: 3 },
};

/** What the daemon needs beyond its own rights to look at trees. */
export const treeRights: readonly KubeObject[] = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'look-at-trees' },
    rules: [{ apiGroups: [group], resources: ['trees'], verbs: ['get'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'look-at-trees' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'look-at-trees' },
    subjects: [{ kind: 'ServiceAccount', name: 'release-daemon', namespace: 'release-manager' }],
  },
];
