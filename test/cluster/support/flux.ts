import { createHmac, randomBytes } from 'node:crypto';

import { initialFiles, layout, type InitEnvironment } from '@release-manager/config-repo';
import {
  at,
  conditionOf,
  isTrue,
  readObjects,
  type ClusterAccess,
  type KubeClient,
  type KubeObject,
  type Reference,
} from '@release-manager/testing/control-plane';

import { cloneConfigRepo, type ConfigClone } from './config-clone.ts';

export interface FluxOptions {
  /** What `release-cli init` is asked for; all of them are applied to this one cluster. */
  readonly environments: readonly InitEnvironment[];
  /** An empty repository by http, which is initialised, or one that is initialised already. */
  readonly repoUrl: string;
  /** Where Flux tells what it does, signed with the token (`X-Signature`). Default: nowhere. */
  readonly alerts?: FluxAlerts;
}

export interface FluxAlerts {
  readonly address: string;
  readonly token: string;
  /** Added to every event. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Flux of a cluster, following a config repo. It polls once an hour, so what it does within a test it was told to do. */
export interface Flux {
  /** For looking at the config repo and changing it as a person does. */
  readonly clone: ConfigClone;
  /** Where and how the Receiver is called: what a daemon gets as FLUX_RECEIVER_URL and FLUX_RECEIVER_TOKEN. */
  readonly receiver: { readonly url: string; readonly token: string };
  /** Calls the Receiver, as a daemon does after a push. */
  poke(): Promise<void>;
  /** The service's Kustomization, as `kustomizationName` of the domain calls it. */
  kustomization(environment: string, service: string): Reference;
  /** Waits until the service's Kustomization has applied exactly this commit; in the sliced layout one that changed the service. */
  untilApplied(environment: string, service: string, commit: string): Promise<KubeObject>;
  /** Waits until its Ready condition is False for this reason (others may pass by before); @returns the message. */
  untilFailed(environment: string, service: string, reason: string): Promise<string>;
  /** Takes everything of it out of the cluster, and with it what it applied, all but namespaces. */
  stop(): Promise<void>;
}

/** Where Flux keeps its objects; the source has the same name. */
const namespace = 'flux-system';

/** Lets the Flux of a cluster (`flux: true`) follow a config repo as the printed steps of `release-cli init` say. */
export async function startFlux(cluster: ClusterAccess, options: FluxOptions): Promise<Flux> {
  const { client, connection } = cluster;
  await removeFlux(client);
  const clone = await cloneConfigRepo(options.repoUrl);
  await initialise(clone, options);
  const syncFiles = options.environments.map(async ({ name }) => {
    const path = layout.sync(name, namespace);
    return { path, content: (await clone.read(path)) ?? new Uint8Array() };
  });
  const roots = readObjects(await Promise.all(syncFiles));
  const token = randomBytes(20).toString('hex');
  await client.apply(...roots, secret('receiver', token), receiverObject());
  if (options.alerts !== undefined) await client.apply(...alertObjects(options.alerts));
  const receiver = await client.until({ kind: 'Receiver', namespace, name: 'config' }, (object) =>
    isTrue(object, 'Ready'),
  );
  const url = `${connection.receiverUrl ?? ''}${String(at(receiver, 'status', 'webhookPath'))}`;
  const kustomization: Flux['kustomization'] = (environment, service) => ({
    kind: 'Kustomization',
    namespace,
    name: `${environment}-${service}`,
  });
  return {
    clone,
    receiver: { url, token },
    poke: () => callReceiver(url, token),
    kustomization,
    untilApplied: (environment, service, commit) =>
      client.until(kustomization(environment, service), (object) => hasApplied(object, commit)),
    async untilFailed(environment, service, reason) {
      const failed = (object: KubeObject | undefined): boolean => {
        const ready = conditionOf(object, 'Ready');
        return ready?.status === 'False' && ready.reason === reason;
      };
      const object = await client.until(kustomization(environment, service), failed);
      return conditionOf(object, 'Ready')?.message ?? '';
    },
    async stop() {
      await removeFlux(client);
      await clone.remove();
    },
  };
}

/** The files of `release-cli init`, with a poll that no test waits for. */
async function initialise(clone: ConfigClone, { environments, repoUrl }: FluxOptions): Promise<void> {
  if ((await clone.read('release-manager.yaml')) !== undefined) return;
  const files = initialFiles({ environments, source: { url: repoUrl, branch: 'main' } });
  const edits = files.map(({ path, content }) => {
    const slow = Buffer.from(content)
      .toString()
      .replaceAll(/^  interval: .*$/gm, '  interval: 1h');
    return { kind: 'put', path, content: path.endsWith('/sync.yaml') ? Buffer.from(slow) : content } as const;
  });
  await clone.commit(edits, 'Set up the config repo');
}

/** In the sliced layout the commit is that of the repository which the slice was cut from. */
function hasApplied(object: KubeObject | undefined, commit: string): boolean {
  const origin = at(object, 'status', 'lastAppliedOriginRevision') ?? at(object, 'status', 'lastAppliedRevision');
  return typeof origin === 'string' && origin.endsWith(`:${commit}`) && isTrue(object, 'Ready');
}

function secret(name: string, token: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: { token } };
}

function receiverObject(): KubeObject {
  return {
    apiVersion: 'notification.toolkit.fluxcd.io/v1',
    kind: 'Receiver',
    metadata: { name: 'config', namespace },
    spec: {
      type: 'generic-hmac',
      secretRef: { name: 'receiver' },
      resources: [{ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', name: namespace }],
    },
  };
}

function alertObjects({ address, token, metadata = {} }: FluxAlerts): KubeObject[] {
  const apiVersion = 'notification.toolkit.fluxcd.io/v1beta3';
  const name = 'release-manager';
  return [
    secret(name, token),
    {
      apiVersion,
      kind: 'Provider',
      metadata: { name, namespace },
      spec: { type: 'generic-hmac', address, secretRef: { name } },
    },
    {
      apiVersion,
      kind: 'Alert',
      metadata: { name, namespace },
      spec: {
        providerRef: { name },
        eventMetadata: metadata,
        eventSources: ['Kustomization', 'GitRepository', 'ArtifactGenerator'].map((kind) => ({ kind, name: '*' })),
      },
    },
  ];
}

async function callReceiver(url: string, token: string): Promise<void> {
  const body = JSON.stringify({ reason: 'pushed' });
  const signature = createHmac('sha256', token).update(body).digest('hex');
  const answer = await fetch(url, { method: 'POST', body, headers: { 'x-signature': `sha256=${signature}` } });
  if (!answer.ok) throw new Error(`the Receiver answered ${answer.status}: ${await answer.text()}`);
}

/**
 * Roots first: each takes its services with it, which take their workloads; the source only when nobody reads it any more.
 * What an earlier test has left goes the same way.
 */
async function removeFlux(client: KubeClient): Promise<void> {
  const services = await client.list({ kind: 'Kustomization', namespace });
  const roots = services.filter(({ metadata }) => metadata.name.startsWith('clusters-'));
  for (const { metadata } of roots) await client.delete({ kind: 'Kustomization', namespace, name: metadata.name });
  await client.untilAll({ kind: 'Kustomization', namespace }, (left) => left.length === 0);
  await client.untilAll({ kind: 'ArtifactGenerator', namespace }, (left) => left.length === 0);
  const rest = [
    { kind: 'GitRepository', name: namespace },
    { kind: 'Receiver', name: 'config' },
    { kind: 'Alert', name: 'release-manager' },
    { kind: 'Provider', name: 'release-manager' },
  ] as const;
  for (const one of rest) await client.delete({ ...one, namespace });
  await client.untilAll({ kind: 'GitRepository', namespace }, (left) => left.length === 0);
}
