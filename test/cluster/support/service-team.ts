import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

import { listLedger, showRelease, type Client, type LedgerEntry, type ReleaseView } from '@release-manager/contract';
import type { KubeObject } from '@release-manager/testing/control-plane';
import { stringify } from 'yaml';

import { makeArtifact } from '../../support/make-artifact.ts';
import type { StubbornClient } from '../../support/stubborn-client.ts';

export interface Build {
  readonly service: string;
  readonly namespace: string;
  /** What CI renders. Without one, the artifact has a ConfigMap only. */
  readonly objects: readonly KubeObject[];
}

/** What the people of many services do: they build, release, and look what came of it. */
export interface ServiceTeam {
  /** CI builds and uploads; each build is a newer one. @returns the id of the artifact */
  build(build: Build): Promise<string>;
  /** Asks for the release of an artifact; @returns the id of the release */
  release(service: string, artifact: string): Promise<string>;
  /** Asks for the service to be taken out; @returns the id of the release */
  undeploy(service: string): Promise<string>;
  /** Builds and releases. */
  ship(build: Build): Promise<string>;
  show(release: string): Promise<ReleaseView>;
  /** Waits until the release is as wanted; @throws Error with what it is instead, after four minutes without a change. */
  until(release: string, predicate: (view: ReleaseView) => boolean): Promise<ReleaseView>;
  /** What the record says of a service, the first entry first. */
  ledger(service: string): Promise<LedgerEntry[]>;
}

export interface ServiceTeamOptions {
  readonly client: StubbornClient;
  readonly api: Client;
  readonly environment: string;
}

export function createServiceTeam({ client, api, environment }: ServiceTeamOptions): ServiceTeam {
  let run = 0;
  const show = (id: string): Promise<ReleaseView> => insist(() => api.call(showRelease, { id }));
  const build: ServiceTeam['build'] = async ({ service, namespace, objects }) => {
    run += 1;
    const files = { [`${environment}/objects.yaml`]: objects.map((object) => stringify(object)).join('---\n') };
    const artifact = await makeArtifact({ service, branch: 'main', run, files, namespace });
    const { state, environments } = await client.upload(artifact);
    if (state !== 'ready') throw new Error(`${service} is ${state}: ${JSON.stringify(environments)}`);
    return artifact.spec.id;
  };
  const ask = async (service: string, what: { readonly artifact: string } | { readonly undeploy: true }) => {
    const wish = { service, environments: [environment], idempotencyKey: randomUUID(), ...what };
    const [outcome] = (await client.release(wish)).outcomes;
    if (outcome?.release === undefined || outcome.outcome !== 'accepted')
      throw new Error(`${service} is not released: ${outcome?.message ?? 'no answer'}`);
    return outcome.release.id;
  };
  const release: ServiceTeam['release'] = (service, artifact) => ask(service, { artifact });
  return {
    build,
    release,
    show,
    undeploy: (service) => ask(service, { undeploy: true }),
    ship: async (wish) => release(wish.service, await build(wish)),
    until: (id, predicate) => untilChanged(() => show(id), predicate),
    async ledger(service) {
      const { items } = await api.call(listLedger, { service, limit: 500 });
      return items.toReversed();
    },
  };
}

const patienceMs = 240_000;
const pauseMs = 200;

async function untilChanged(
  show: () => Promise<ReleaseView>,
  predicate: (view: ReleaseView) => boolean,
): Promise<ReleaseView> {
  let before = '';
  let deadline = 0;
  for (;;) {
    const view = await show();
    if (predicate(view)) return view;
    const { service, state, says, rollout } = view;
    const now = JSON.stringify({ service, state, says, rollout });
    if (now !== before) deadline = Date.now() + patienceMs;
    if (Date.now() > deadline) throw new Error(`not as expected for ${patienceMs / 1_000} s: ${now}`);
    before = now;
    await setTimeout(pauseMs);
  }
}

/** Asks again while the manager is away. */
async function insist<Result>(call: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await setTimeout(pauseMs);
  }
}
