import type { ShopEnvironment, ShopService } from '../catalogue.ts';

/** What one rendering of a chart is made of. */
export interface ReleaseValues {
  readonly service: ShopService;
  readonly environment: ShopEnvironment;
  /** Tag of the image. */
  readonly tag: string;
}

const replicas: Readonly<Record<ShopEnvironment, number>> = { dev: 1, staging: 2, prod: 5 };
const domains: Readonly<Record<ShopEnvironment, string>> = {
  dev: 'dev.shop.example.com',
  staging: 'staging.shop.example.com',
  prod: 'shop.example.com',
};

export function replicasIn(environment: ShopEnvironment): number {
  return replicas[environment];
}

export function hostOf({ service, environment }: ReleaseValues): string {
  return service.name === 'web' ? domains[environment] : `${service.name}.${domains[environment]}`;
}

/** The comment that Helm puts above each template. */
export function sourceOf({ service }: ReleaseValues, template: string): string {
  return `# Source: ${service.name}/templates/${template}.yaml`;
}

/** The labels of a chart's helper, indented by hand as `nindent` does it. */
export function labelsOf({ service, tag }: ReleaseValues, indent: number): string {
  return [
    `helm.sh/chart: ${service.name}-${service.chartVersion}`,
    `app.kubernetes.io/name: ${service.name}`,
    'app.kubernetes.io/instance: shop',
    `app.kubernetes.io/version: "${tag}"`,
    'app.kubernetes.io/managed-by: Helm',
  ]
    .map((line) => `${' '.repeat(indent)}${line}`)
    .join('\n');
}

/** The labels by which Services and controllers find pods; they never change. */
export function selectorOf({ service }: ReleaseValues, indent: number): string {
  return [`app.kubernetes.io/name: ${service.name}`, 'app.kubernetes.io/instance: shop']
    .map((line) => `${' '.repeat(indent)}${line}`)
    .join('\n');
}

export function imageOf({ service, tag }: ReleaseValues): string {
  return `registry.example.com/shop/${service.name}:${tag}`;
}
