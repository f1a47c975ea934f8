import { labelsOf, replicasIn, selectorOf, sourceOf, type ReleaseValues } from './release-values.ts';

export function autoscaler(values: ReleaseValues): string {
  const { service, environment } = values;
  return `${sourceOf(values, 'hpa')}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${service.name}
  labels:
${labelsOf(values, 4)}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${service.name}
  minReplicas: ${replicasIn(environment)}
  maxReplicas: ${replicasIn(environment) * 4}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
`;
}

export function disruptionBudget(values: ReleaseValues): string {
  const { service } = values;
  return `${sourceOf(values, 'pdb')}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: ${service.name}
  labels:
${labelsOf(values, 4)}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
${selectorOf(values, 6)}
`;
}
