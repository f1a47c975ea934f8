import { AppError } from './errors.ts';

/** RFC 1123 label: what Kubernetes accepts as the name of a Namespace or Service. */
const dnsLabel = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Folder names that the layout of the config repo needs for itself. */
const reservedServices = new Set(['namespace', 'kustomization', 'artifacts']);
const reservedEnvironments = new Set(['clusters', 'policies', 'state']);

/** Kubernetes label values and Kustomization names end at 63 characters. */
const longestPair = 63;

export function isDnsLabel(text: string): boolean {
  return dnsLabel.test(text);
}

/** @throws AppError invalid `name.service` when the text is no DNS label or is reserved by the layout of the config repo. */
export function assertServiceName(name: string): void {
  assertLabel('service', name);
  if (reservedServices.has(name))
    throw invalid('service', name, `"${name}" is a file name that the config repo uses itself`);
}

/** @throws AppError invalid `name.environment` */
export function assertEnvironmentName(name: string): void {
  assertLabel('environment', name);
  if (reservedEnvironments.has(name))
    throw invalid('environment', name, `"${name}" is a folder that the config repo uses itself`);
}

/** @throws AppError invalid `name.namespace` */
export function assertNamespace(name: string): void {
  assertLabel('namespace', name);
}

/**
 * The name of the service's Kustomization in an environment, `<environment>-<service>`.
 * @throws AppError invalid `name.pair` beyond 63 characters, where it would no longer fit a Kubernetes label.
 */
export function kustomizationName(environment: string, service: string): string {
  const name = `${environment}-${service}`;
  if (name.length > longestPair)
    throw invalid('pair', name, `it has ${name.length} characters, and at most ${longestPair} are possible`);
  return name;
}

function assertLabel(what: 'service' | 'environment' | 'namespace', name: string): void {
  if (!isDnsLabel(name)) {
    throw invalid(
      what,
      name,
      'a name has 1 to 63 characters of a-z, 0-9 and "-", and begins and ends with a letter or digit',
    );
  }
}

function invalid(what: string, name: string, why: string): AppError {
  return new AppError(
    'invalid',
    `name.${what}`,
    `${JSON.stringify(name.slice(0, 80))} is no usable ${what} name: ${why}.`,
  );
}
