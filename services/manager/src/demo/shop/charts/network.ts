import { hostOf, labelsOf, selectorOf, sourceOf, type ReleaseValues } from './release-values.ts';

export function clusterService(values: ReleaseValues): string {
  const { service } = values;
  const headless = service.workload === 'StatefulSet';
  return `${sourceOf(values, 'service')}
apiVersion: v1
kind: Service
metadata:
  name: ${service.name}${headless ? '-headless' : ''}
  labels:
${labelsOf(values, 4)}
spec:
  type: ClusterIP
${headless ? '  clusterIP: None\n  publishNotReadyAddresses: true\n' : ''}  ports:
    - port: ${headless ? (service.port ?? 9200) : 80}
      targetPort: http
      protocol: TCP
      name: http
  selector:
${selectorOf(values, 4)}
`;
}

export function ingress(values: ReleaseValues): string {
  const { service } = values;
  return `${sourceOf(values, 'ingress')}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: ${service.name}
  labels:
${labelsOf(values, 4)}
  annotations:
    nginx.ingress.kubernetes.io/proxy-body-size: "8m"
    nginx.ingress.kubernetes.io/configuration-snippet: |
      more_set_headers "X-Served-By: shop";
spec:
  ingressClassName: nginx
  tls:
    - hosts:
        - "${hostOf(values)}"
      secretName: ${service.name}-tls
  rules:
    - host: "${hostOf(values)}"
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: {service: {name: ${service.name}, port: {name: http}}}
`;
}
