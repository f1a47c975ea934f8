import { imageOf, labelsOf, selectorOf, sourceOf, type ReleaseValues } from './release-values.ts';

/** A Job cannot be changed, so its name carries the version: each version brings its own. */
export function migrateJob(values: ReleaseValues): string {
  const { service, tag } = values;
  return `${sourceOf(values, 'migrate-job')}
apiVersion: batch/v1
kind: Job
metadata:
  name: ${service.name}-migrate-${tag.replaceAll('.', '-')}
  labels:
${labelsOf(values, 4)}
    app.kubernetes.io/component: migrate
spec:
  backoffLimit: 2
  ttlSecondsAfterFinished: 86400
  template:
    metadata:
      labels:
${selectorOf(values, 8)}
        app.kubernetes.io/component: migrate
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: "${imageOf(values)}"
          command: [ "/bin/migrate", "up" ]
          envFrom:
            - secretRef:
                name: ${service.name}-credentials
`;
}
