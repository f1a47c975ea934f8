import type { ArtifactFile } from '@release-manager/domain';

import { shopEnvironments, type ShopEnvironment, type ShopService } from './catalogue.ts';
import { autoscaler, disruptionBudget } from './charts/availability.ts';
import { configMap, credentials, serviceAccount } from './charts/configuration.ts';
import { daemonSet } from './charts/daemon-set.ts';
import { deployment } from './charts/deployment.ts';
import { migrateJob } from './charts/migrate-job.ts';
import { clusterService, ingress } from './charts/network.ts';
import type { ReleaseValues } from './charts/release-values.ts';
import { statefulSet } from './charts/stateful-set.ts';

/** One template of a chart: the name of its file and what it renders to. */
type Template = readonly [name: string, render: (values: ReleaseValues) => string];

/** What CI uploads of one service: `<environment>/…yaml`, as the charts render it for each environment. */
export function renderService(
  service: ShopService,
  tag: string,
  environments: readonly ShopEnvironment[] = shopEnvironments,
): ArtifactFile[] {
  return environments.flatMap((environment) => renderEnvironment({ service, environment, tag }));
}

function renderEnvironment(values: ReleaseValues): ArtifactFile[] {
  const { service, environment } = values;
  const file = (path: string, text: string): ArtifactFile => ({
    path: `${environment}/${path}`,
    content: Buffer.from(text),
  });
  const rendered = templatesOf(service, environment).map(([name, render]) => [name, render(values)] as const);
  if (service.output === 'tree') {
    return rendered.map(([name, text]) => file(`${service.name}/templates/${name}.yaml`, `---\n${text}`));
  }
  return [file(`${service.name}.yaml`, `---\n${rendered.map(([, text]) => text).join('\n---\n')}`)];
}

/** In the order of Helm: accounts and configuration first, workloads last. */
function templatesOf(service: ShopService, environment: ShopEnvironment): Template[] {
  const when = (condition: boolean | undefined, ...template: Template): Template[] =>
    condition === true ? [template] : [];
  return [
    ...when(environment !== 'dev' && service.workload !== 'DaemonSet', 'pdb', disruptionBudget),
    ['serviceaccount', serviceAccount],
    ...when(service.secret, 'secret', credentials),
    ['configmap', configMap],
    ...when(service.port !== undefined, 'service', clusterService),
    ...when(service.autoscaled, 'hpa', autoscaler),
    ...when(service.public, 'ingress', ingress),
    ...when(service.migrates, 'migrate-job', migrateJob),
    workloadOf(service),
  ];
}

function workloadOf({ workload }: ShopService): Template {
  switch (workload) {
    case 'Deployment':
      return ['deployment', deployment];
    case 'StatefulSet':
      return ['statefulset', statefulSet];
    case 'DaemonSet':
      return ['daemonset', daemonSet];
  }
}
