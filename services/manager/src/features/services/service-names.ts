import { defaultEnvironment, pairClash, type ConfigSnapshot } from '@release-manager/config-repo';
import { namespaceIn } from '@release-manager/contract';
import {
  AppError,
  assertEnvironmentName,
  assertNamespace,
  assertServiceName,
  kustomizationName,
} from '@release-manager/domain';

type Environments = ConfigSnapshot['environments'];

/**
 * Refuses a name that the layout of the config repo cannot hold, or that would share a Kustomization with another pair.
 * @throws AppError invalid `name.service`, `name.pair`; conflict `service.pair-clash`
 */
export function assertFreeName(name: string, environments: Environments, others: readonly string[]): void {
  assertServiceName(name);
  for (const environment of environments) kustomizationName(environment.name, name);
  const names = environments.map((environment) => environment.name);
  // One by one: a clash between two others must neither stop this one nor hide its own.
  for (const other of others) {
    const clash = pairClash(names, [other, name]);
    if (clash === undefined) continue;
    throw new AppError(
      'conflict',
      'service.pair-clash',
      `${clash.first.service} in ${clash.first.environment} and ${clash.second.service} in ${clash.second.environment} would both be ${clash.name} to Flux, which would take the one for the other.`,
      { next: 'choose another name for the new service' },
    );
  }
}

/**
 * Refuses namespaces that no service may have: what Flux runs in can change what Flux applies.
 * @throws AppError invalid `name.environment`, `name.namespace`, `service.flux-namespace`
 */
export function assertNamespaces(namespaces: Readonly<Record<string, string>>, environments: Environments): void {
  for (const [environment, namespace] of Object.entries(namespaces)) {
    if (environment !== 'default') assertEnvironmentName(environment);
    assertNamespace(namespace);
  }
  const known = new Map(environments.map((environment) => [environment.name, environment]));
  for (const name of new Set([...known.keys(), ...Object.keys(namespaces)])) {
    const namespace = namespaceIn(namespaces, name);
    const { flux } = known.get(name) ?? defaultEnvironment(name);
    if (namespace === flux.namespace) throw fluxNamespace(namespace, name);
  }
}

function fluxNamespace(namespace: string, environment: string): AppError {
  const where = environment === 'default' ? '' : ` of ${environment}`;
  return new AppError(
    'invalid',
    'service.flux-namespace',
    `${namespace} is the namespace in which the Flux${where} runs.`,
    {
      next: 'give the service a namespace of its own',
    },
  );
}
