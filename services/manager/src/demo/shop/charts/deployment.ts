import { imageOf, labelsOf, replicasIn, selectorOf, sourceOf, type ReleaseValues } from './release-values.ts';

/** The blank lines with blanks in them are what `{{- if }}` leaves behind. */
export function deployment(values: ReleaseValues): string {
  const { service, environment } = values;
  return `${sourceOf(values, 'deployment')}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${service.name}
  labels:
${labelsOf(values, 4)}
  annotations:
    # read by the cost report
    example.com/cost-centre: "0042"
spec:
  ${service.autoscaled === true ? '' : `replicas: ${replicasIn(environment)}`}
  revisionHistoryLimit: 3
  selector:
    matchLabels:
${selectorOf(values, 6)}
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}}
  template:
    metadata:
      annotations:
        prometheus.io/scrape: 'true'
        prometheus.io/port: "${service.port ?? 9102}"
      labels:
${selectorOf(values, 8)}
    spec:
      serviceAccountName: ${service.name}
      securityContext:
        {}
      containers:
        - name: ${service.name}
          securityContext:
            allowPrivilegeEscalation: false
            runAsNonRoot: true
          image: "${imageOf(values)}"   # set by CI
          imagePullPolicy: IfNotPresent
          args: ["serve", "--log-format=json", '--environment', ${environment}]
${environmentOf(values)}${portsOf(values)}          resources:
            limits:
              memory: 256Mi
            requests: { cpu: 50m, memory: "134217728" }
          volumeMounts:
          - name: config
            mountPath: /etc/${service.name}
            readOnly: true
      volumes:
      - name: config
        configMap:
          name: ${service.name}-config
      terminationGracePeriodSeconds: 30
`;
}

function environmentOf({ service, environment }: ReleaseValues): string {
  const secret = service.secret
    ? `            - name: DATABASE_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: ${service.name}-credentials
                  key: password
`
    : '';
  return `          env:
            - name: LOG_LEVEL
              value: ${environment === 'prod' ? 'info' : 'debug'}
            - name: FEATURE_FLAGS
              value: "off"
            - name: BUILD_CHANNEL
              value: "1e3"
${secret}`;
}

function portsOf({ service }: ReleaseValues): string {
  if (service.port === undefined) return '';
  return `          ports:
            - name: http
              containerPort: ${service.port}
              protocol: TCP
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
          readinessProbe:
            httpGet: {path: "/readyz", port: http}
            periodSeconds: 5
`;
}
