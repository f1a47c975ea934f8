import { AppError } from '@release-manager/domain';

import type { Environment } from '../environment.ts';
import { layout } from '../layout.ts';
import { renderObjects, type FluxObject } from './flux-object.ts';

/** Where the clusters read the config repo. */
export interface ConfigRepoSource {
  /** `https://…` or `ssh://…`. */
  readonly url: string;
  readonly branch: string;
  /** The Secret with the credentials of a private repository, in the namespace of Flux. */
  readonly secretName?: string;
}

/**
 * No service's Kustomization can ever have this name: it would need an environment called `clusters`, which is reserved.
 */
function rootName(environment: string): string {
  return `clusters-${environment}`;
}

/**
 * The URL as Flux takes it, and as it may stand in a file that everybody reads: without credentials, `ssh://` also for the
 * short form of git (`git@host:path`).
 * @throws AppError invalid `init.url` for anything but https, http and ssh.
 */
export function fluxUrl(url: string): string {
  const short = /^([\w.-]+)@([\w.-]+):(?!\/\/)([\w./~-]+)$/.exec(url);
  const parsed = URL.parse(short === null ? url : `ssh://${short[1] ?? ''}@${short[2] ?? ''}/${short[3] ?? ''}`);
  if (parsed === null || !['https:', 'http:', 'ssh:'].includes(parsed.protocol) || parsed.hostname === '') {
    throw new AppError('invalid', 'init.url', 'A cluster can read the config repo by https, http or ssh only.', {
      next: 'give the URL under which the clusters reach it, such as https://git.example.com/acme/config.git',
    });
  }
  // Some hosts take a token there.
  parsed.search = '';
  parsed.hash = '';
  parsed.password = '';
  if (parsed.protocol !== 'ssh:') parsed.username = '';
  return parsed.href;
}

/** The GitRepository of the config repo. Environments that share a cluster share it, so taking one out must not prune it. */
function gitRepository(environment: Environment, source: ConfigRepoSource): FluxObject {
  const { url, branch, secretName } = source;
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: {
      name: environment.flux.source,
      namespace: environment.flux.namespace,
      annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' },
    },
    spec: {
      interval: '1m',
      url: fluxUrl(url),
      ref: { branch },
      ...(secretName === undefined ? {} : { secretRef: { name: secretName } }),
    },
  };
}

/** The root Kustomization: applies the Kustomizations, Namespaces and generators of every service of the environment. */
function rootKustomization(environment: Environment): FluxObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: rootName(environment.name), namespace: environment.flux.namespace },
    spec: {
      interval: '10m',
      retryInterval: '1m',
      timeout: '3m',
      path: `./${layout.cluster(environment.name)}`,
      prune: true,
      wait: false,
      sourceRef: { kind: 'GitRepository', name: environment.flux.source },
    },
  };
}

/** What people apply once in each cluster of the environment; from then on Flux keeps it like everything else. */
export function syncFile(environment: Environment, source: ConfigRepoSource): Uint8Array {
  return renderObjects(
    `The root of ${environment.name}. Apply it once in each of its clusters:\n` +
      `  kubectl apply -f ${layout.sync(environment.name, environment.flux.namespace)}`,
    [gitRepository(environment, source), rootKustomization(environment)],
  );
}
