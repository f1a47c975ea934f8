import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import { Environment, layout as paths, planRelease, type InitEnvironment } from '@release-manager/config-repo';
import { ArtifactSpec } from '@release-manager/contract';
import { startGitServer } from '@release-manager/testing';
import {
  at,
  isTrue,
  readObjects,
  startCluster,
  type Cluster,
  type KubeObject,
  type Reference,
} from '@release-manager/testing/control-plane';

import { startFlux, type Flux } from '../../cluster/support/flux.ts';
import { commitRelease } from '../../cluster/support/service-release.ts';
import { timed } from './figures.ts';
import { cpuByProgram } from './machine.ts';

export type Layout = 'plain' | 'sliced';

export interface FluxSceneOptions {
  readonly layout: Layout;
  readonly services: number;
  /** How long anything may take. */
  readonly limitMs: number;
  readonly say: (line: string) => void;
}

/** CPU in seconds, by program. */
export type Cpu = ReadonlyMap<string, number>;

export interface FirstApply {
  readonly ms: number;
  readonly cpu: Cpu;
}

/** Milliseconds from the end of the push until something was seen by a watch of ours. */
export interface ReleaseTimes {
  /** The GitRepository has the commit: fetched, and packed as an artifact. */
  readonly fetched: number;
  /** The ExternalArtifact of the service has it; only in the sliced layout. */
  readonly sliced?: number;
  /** The service's Kustomization has applied it. */
  readonly applied: number;
  /** Half of all Kustomizations have applied it: where everybody reconciles, what a service has to expect. */
  readonly half?: number;
  /** Everybody who reconciles because of it is done. */
  readonly settled: number;
  /** From the push until then. */
  readonly cpu: Cpu;
}

/** A cluster of its own with real Flux, and a config repo of many services in one layout. */
export interface FluxScene {
  readonly layout: Layout;
  /** Where its programs run, each in a folder of its name. */
  readonly folder: string;
  /** What a person with kubectl does: every object of so many services, one after the other; taken away again. */
  applyByHand(count: number): Promise<FirstApply>;
  /** Commits all services at once, and waits until every Kustomization is ready. */
  applyEverything(): Promise<FirstApply>;
  /** One release of a service. Without a poke Flux finds it by its poll, which looked `sinceLookMs` before the push. */
  release(service: number, poll?: { readonly seconds: number; readonly sinceLookMs: number }): Promise<ReleaseTimes>;
}

const namespace = 'shop';
const fluxNamespace = 'flux-system';
const source = { kind: 'GitRepository', namespace: fluxNamespace, name: fluxNamespace } as const;

export async function openFluxScene(started: AsyncDisposableStack, options: FluxSceneOptions): Promise<FluxScene> {
  const { layout, services, limitMs, say } = options;
  const git = await startGitServer();
  started.defer(() => git.stop());
  await git.create('config');
  const cluster = started.use(await startCluster({ name: `load-${layout}`, flux: true, say }));
  const environment: InitEnvironment = { name: layout, layout };
  const flux = await startFlux(cluster, { environments: [environment], repoUrl: git.url('config') });
  // Taking everything out of the cluster in order would take as long as putting it in; the cluster goes anyway.
  started.defer(() => flux.clone.remove());
  const watch = createWatch(cluster, limitMs);
  const measured = (work: () => Promise<void>): Promise<FirstApply> => withCpu(cluster, work);
  return {
    layout,
    folder: cluster.connection.folder,
    async applyByHand(count) {
      const applied = await measured(() => applyByHand(cluster, count));
      await removeByHand(cluster);
      return applied;
    },
    applyEverything: async () => {
      const commit = await commitAll(flux, layout, services);
      const before = cpuByProgram(cluster.connection.folder);
      const tell = (done: number): void => {
        const used = [...difference(before, cpuByProgram(cluster.connection.folder)).values()];
        const cpu = used.reduce((sum, seconds) => sum + seconds, 0);
        say(`  … ${done} of ${services} are ready after ${cpu.toFixed(0)} s CPU`);
      };
      return measured(async () => {
        await flux.poke();
        await watch.allHave(commit, services, tell);
      });
    },
    release: (service, poll) => release({ cluster, flux, watch, environment, service }, poll),
  };
}

interface ReleaseScene {
  readonly cluster: Cluster;
  readonly flux: Flux;
  readonly watch: Watch;
  readonly environment: InitEnvironment;
  readonly service: number;
}

async function release(
  { cluster, flux, watch, environment, service }: ReleaseScene,
  poll: { readonly seconds: number; readonly sinceLookMs: number } | undefined,
): Promise<ReleaseTimes> {
  const name = serviceName(service);
  const manifests = rendered(name, randomUUID().slice(0, 8));
  const wish = { environment, namespace, service: name, manifests, releaseId: `rel_${randomUUID()}` };
  if (poll !== undefined) {
    // A change of the GitRepository makes Flux look at once, and then each `seconds`. The root puts its own interval back.
    await cluster.client.patch(source, { spec: { interval: `${poll.seconds}s` } });
    await wait(poll.sinceLookMs);
  }
  const before = cpuByProgram(cluster.connection.folder);
  const commit = await commitRelease(flux.clone, wish);
  const pushed = performance.now();
  const since = async (seen: Promise<unknown>): Promise<number> => {
    await seen;
    return performance.now() - pushed;
  };
  const isSliced = environment.layout === 'sliced';
  const half = isSliced ? undefined : since(watch.halfHave(commit));
  const appliedBy = watch.applied(flux.kustomization(environment.name, name), commit);
  const seen = [
    since(watch.fetched(commit)),
    since(appliedBy),
    // On a busy machine the controllers may be quiet because nobody lets them work.
    since(Promise.all([appliedBy, watch.settled(commit, isSliced)])),
  ];
  const sliced = isSliced ? since(watch.sliced(`${environment.name}-${name}`, commit)) : undefined;
  if (poll === undefined) await flux.poke();
  const [fetched = 0, applied = 0, settled = 0] = await Promise.all(seen);
  return {
    fetched,
    applied,
    settled,
    ...(sliced === undefined ? {} : { sliced: await sliced }),
    ...(half === undefined ? {} : { half: await half }),
    cpu: difference(before, cpuByProgram(cluster.connection.folder)),
  };
}

interface Watch {
  fetched(commit: string): Promise<unknown>;
  sliced(name: string, commit: string): Promise<unknown>;
  applied(kustomization: Reference, commit: string): Promise<unknown>;
  halfHave(commit: string): Promise<unknown>;
  /** In the plain layout every Kustomization reconciles, in the sliced one the root and the service's. */
  settled(commit: string, isSliced: boolean): Promise<void>;
  /** Told each minute how many have it already. */
  allHave(commit: string, services: number, tell: (done: number) => void): Promise<void>;
}

function createWatch({ client, connection }: Cluster, timeoutMs: number): Watch {
  const kustomizations = { kind: 'Kustomization', namespace: fluxNamespace } as const;
  const options = { timeoutMs };
  return {
    fetched: (commit) =>
      client.until(source, (object) => ends(at(object, 'status', 'artifact', 'revision'), commit), options),
    sliced: (name, commit) =>
      client.until(
        { kind: 'ExternalArtifact', namespace: fluxNamespace, name },
        (object) => ends(at(object, 'status', 'artifact', 'metadata', originKey), commit),
        options,
      ),
    applied: (kustomization, commit) => client.until(kustomization, (object) => hasApplied(object, commit), options),
    halfHave: (commit) =>
      client.untilAll(
        kustomizations,
        (all) => all.filter((one) => hasApplied(one, commit)).length >= all.length / 2,
        options,
      ),
    async settled(commit, isSliced) {
      const concerned = (all: readonly KubeObject[]): readonly KubeObject[] => (isSliced ? all.filter(isRoot) : all);
      await client.untilAll(kustomizations, (all) => concerned(all).every((one) => hasApplied(one, commit)), options);
      // What a generator still packs can be seen from nowhere but the CPU that it uses.
      await untilQuiet(connection.folder);
    },
    async allHave(commit, services, tell) {
      let next = performance.now() + 60_000;
      const enough = (all: readonly KubeObject[]): boolean => {
        const done = all.filter((one) => isTrue(one, 'Ready') && hasApplied(one, commit)).length;
        if (performance.now() > next) {
          tell(done);
          next = performance.now() + 60_000;
        }
        // The root is one more.
        return done > services;
      };
      await client.untilAll(kustomizations, enough, options);
    },
  };
}

const originKey = 'org.opencontainers.image.revision';

function isRoot({ metadata }: KubeObject): boolean {
  return metadata.name.startsWith('clusters-');
}

function hasApplied(object: KubeObject | undefined, commit: string): boolean {
  const revision = at(object, 'status', 'lastAppliedOriginRevision') ?? at(object, 'status', 'lastAppliedRevision');
  return ends(revision, commit);
}

function ends(revision: unknown, commit: string): boolean {
  return typeof revision === 'string' && revision.endsWith(`:${commit}`);
}

/** Until the controllers of Flux have used next to no CPU for half a second. */
async function untilQuiet(folder: string): Promise<void> {
  const used = (): number =>
    [...cpuByProgram(folder)].reduce((sum, [name, cpu]) => (/^(?:source|kustomize)-/.test(name) ? sum + cpu : sum), 0);
  for (let before = used(); ;) {
    await wait(500);
    const now = used();
    if (now - before < 0.05) return;
    before = now;
  }
}

async function withCpu({ connection }: Cluster, work: () => Promise<void>): Promise<FirstApply> {
  const before = cpuByProgram(connection.folder);
  const { ms } = await timed(work);
  return { ms, cpu: difference(before, cpuByProgram(connection.folder)) };
}

function difference(before: Cpu, after: Cpu): Cpu {
  return new Map([...after].map(([name, cpu]) => [name, cpu - (before.get(name) ?? 0)]));
}

const byHand = 'by-hand';

async function applyByHand({ client }: Cluster, count: number): Promise<void> {
  await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: byHand } });
  for (let index = 0; index < count; index += 1) {
    const files = Object.entries(rendered(serviceName(index), '1')).map(([path, text]) => ({
      path,
      content: Buffer.from(text),
    }));
    const objects = readObjects(files).map((object) => ({
      ...object,
      metadata: { ...object.metadata, namespace: byHand },
    }));
    await client.apply(...objects);
  }
}

async function removeByHand({ client }: Cluster): Promise<void> {
  const reference = { kind: 'Namespace', name: byHand } as const;
  await client.delete(reference);
  await client.until<undefined>(reference, (object) => object === undefined, { timeoutMs: 600_000 });
}

/** Every service as its first release leaves it, in one commit. */
async function commitAll({ clone }: Flux, layout: Layout, services: number): Promise<string> {
  const environment = Environment.parse({ name: layout, flux: { layout } });
  const edits = Array.from({ length: services }, (_, index) => {
    const service = serviceName(index);
    const files = Object.entries(rendered(service, '1')).map(([path, text]) => ({ path, content: Buffer.from(text) }));
    const sha = createHash('sha1').update(service).digest('hex');
    const id = `main-${sha.slice(0, 10)}-abcdef0123`;
    const author = { name: 'Load', email: 'load@example.com' };
    const spec = { schemaVersion: 1, id, service, namespaces: { default: namespace } };
    const { edits, problems } = planRelease({
      environment,
      namespace,
      service,
      owner: 'checkout',
      spec: ArtifactSpec.parse({ ...spec, source: { repository: 'acme/shop', branch: 'main', sha, author } }),
      files,
      release: { id: `rel_${randomUUID()}`, intent: 'branch', actorName: 'load', at: new Date() },
      existing: { folder: [] },
    });
    if (problems[0] !== undefined) throw new Error(problems[0].message);
    // The namespace and its generator are the same for all.
    const shared = new Set([paths.namespaceFile(layout, namespace), paths.artifacts(layout, namespace)]);
    return index === 0 ? edits : edits.filter(({ path }) => !shared.has(path));
  });
  return clone.commit(edits.flat(), `${services} services`);
}

function serviceName(index: number): string {
  return `service-${index}`;
}

/** What a small chart renders: a Deployment of one pod, a Service and a ConfigMap, of which the first and last change. */
function rendered(service: string, version: string): Record<string, string> {
  const labels = `  labels: { app.kubernetes.io/name: ${service}, app.kubernetes.io/managed-by: Helm }\n`;
  const head = (api: string, kind: string): string =>
    `apiVersion: ${api}\nkind: ${kind}\nmetadata:\n  name: ${service}\n${labels}`;
  const settings = Array.from({ length: 25 }, (_, line) => `  KEY_${line}: "value ${line} of ${service}"\n`).join('');
  const pod = `{ metadata: { labels: { app: ${service} } }, spec: { containers: [{ name: app, image: "example.com/${service}:${version}" }] } }`;
  return {
    'configmap.yaml': `${head('v1', 'ConfigMap')}data:\n${settings}  VERSION: "${version}"\n`,
    'deployment.yaml': `${head('apps/v1', 'Deployment')}spec:\n  replicas: 1\n  selector: { matchLabels: { app: ${service} } }\n  template: ${pod}\n`,
    'service.yaml': `${head('v1', 'Service')}spec:\n  selector: { app: ${service} }\n  ports: [{ port: 80, targetPort: 8080 }]\n`,
  };
}
