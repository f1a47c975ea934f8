import { imageOf, labelsOf, replicasIn, selectorOf, sourceOf, type ReleaseValues } from './release-values.ts';

export function statefulSet(values: ReleaseValues): string {
  const { service, environment } = values;
  return `${sourceOf(values, 'statefulset')}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: "${service.name}"
  namespace: shop
  labels:
${labelsOf(values, 4)}
  creationTimestamp: null
spec:
  serviceName: ${service.name}-headless
  replicas: ${replicasIn(environment)}
  podManagementPolicy: Parallel
  updateStrategy:
    type: RollingUpdate
  selector:
    matchLabels:
${selectorOf(values, 6)}
  template:
    metadata:
      name: "${service.name}"
      labels:
${selectorOf(values, 8)}
    spec:
      initContainers:
      - name: sysctl-check
        image: "registry.example.com/mirror/busybox:1.37"
        command:
        - sh
        - -c
        - |
          set -e
          # no '---' here, and no tab either
          test "$(cat /proc/sys/vm/max_map_count)" -ge 65530
      containers:
      - name: ${service.name}
        image: ${imageOf(values)}
        env:
        - { name: node.name, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
        - name: ES_JAVA_OPTS
          value: >-
            -Xms512m
            -Xmx512m
        ports:
        - containerPort: ${service.port ?? 9200}
          name: http
        volumeMounts:
        - mountPath: /usr/share/data
          name: data
        - mountPath: /etc/${service.name}
          name: config
      volumes:
      - configMap:
          name: ${service.name}-config
        name: config
  volumeClaimTemplates:
  - metadata:
      name: data
    spec:
      accessModes: [ "ReadWriteOnce" ]
      resources:
        requests:
          storage: "${environment === 'prod' ? '50Gi' : '5Gi'}"
status: {}
`;
}
