import { imageOf, labelsOf, selectorOf, sourceOf, type ReleaseValues } from './release-values.ts';

/** Its labels come before the name, and its file ends without a newline: charts differ. */
export function daemonSet(values: ReleaseValues): string {
  const { service } = values;
  return `${sourceOf(values, 'daemonset')}
kind: DaemonSet
apiVersion: apps/v1
metadata:
  labels:
${labelsOf(values, 4)}
  name: ${service.name}
spec:
  selector:
    matchLabels:
${selectorOf(values, 6)}
  template:
    metadata:
      labels:
${selectorOf(values, 8)}
    spec:
      tolerations:
      - operator: Exists
        effect: NoSchedule
      containers:
      -   name: agent
          image: '${imageOf(values)}'
          env:
          - name: HOST_IP
            valueFrom:
              fieldRef:
                fieldPath: status.hostIP
          resources: {limits: {memory: 64Mi}, requests: {cpu: 10m, memory: 32Mi}}
          volumeMounts:
          -   name: config
              mountPath: /etc/agent
      serviceAccountName: ${service.name}
      volumes:
      -   name: config
          configMap: {name: ${service.name}-config}`;
}
