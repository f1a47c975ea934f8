import { setTimeout as wait } from 'node:timers/promises';

import { makeArtifact, type MadeArtifact } from '../../support/make-artifact.ts';
import type { StubbornClient } from '../../support/stubborn-client.ts';

/** What the manager said yes to, as those who asked remember it. */
export interface BurstMemory {
  /** Artifacts that were said to be ready, of each service in the order of their builds; those of main go to dev by themselves. */
  readonly artifacts: readonly MadeArtifact[];
  readonly outcomes: readonly { readonly releaseId: string; readonly environment: string; readonly outcome: string }[];
}

/** The builds of one service: two of main, and between them one of a branch that prod does not take. */
interface Builds {
  readonly first: MadeArtifact;
  readonly branch: MadeArtifact;
  readonly second: MadeArtifact;
}

/** What is uploaded in a burst; the same for every seed, and made once, since the tests' own work is time that nothing tests. */
export interface Burst {
  readonly builds: ReadonlyMap<string, Builds>;
}

export interface BurstOptions {
  readonly seed: number;
  readonly random: () => number;
  /** When the service of that place may begin; default: all at once. */
  readonly mayBegin?: (place: number) => Promise<void>;
}

export function burstServices(size: number): string[] {
  return Array.from({ length: size }, (_, index) => `service-${String(index + 1).padStart(2, '0')}`);
}

export async function prepareBurst(size: number): Promise<Burst> {
  const builds = new Map<string, Builds>();
  for (const service of burstServices(size)) {
    const make = (branch: string, run: number): Promise<MadeArtifact> => makeArtifact({ service, branch, run });
    const [first, branch, second] = [await make('main', 1), await make('feature/x', 2), await make('main', 3)];
    builds.set(service, { first, branch, second });
  }
  return { builds };
}

/**
 * All services of the burst at the same time, each one step after the other. Seven releases of each: two to dev by themselves,
 * of which the older may give way, three by hand to staging and one to prod, and one to prod that is denied.
 */
export async function runBurst(client: StubbornClient, burst: Burst, options: BurstOptions): Promise<BurstMemory> {
  const { seed, random, mayBegin } = options;
  const artifacts: MadeArtifact[] = [];
  const outcomes: BurstMemory['outcomes'][number][] = [];
  const upload = async (artifact: MadeArtifact): Promise<void> => {
    const { state, problems } = await client.upload(artifact);
    if (state !== 'ready') throw new Error(`${artifact.spec.id} is ${state}: ${JSON.stringify(problems)}`);
    artifacts.push(artifact);
  };
  const release = async (service: string, what: { branch: string } | { artifact: string }, environments: string[]) => {
    const idempotencyKey = `${seed}-${service}-${Object.values(what)[0]}-${environments.join('+')}`;
    const answer = await client.release({ service, ...what, environments, idempotencyKey });
    for (const { release: made, environment, outcome } of answer.outcomes)
      if (made !== undefined) outcomes.push({ releaseId: made.id, environment, outcome });
  };
  await Promise.all(
    [...burst.builds].map(async ([service, { first, branch, second }], place) => {
      await mayBegin?.(place);
      await wait(random() * 1_000);
      await upload(first);
      await release(service, { artifact: first.spec.id }, ['staging']);
      await wait(random() * 500);
      await upload(branch);
      await release(service, { artifact: branch.spec.id }, ['staging', 'prod']);
      await upload(second);
      await release(service, { branch: 'main' }, ['staging', 'prod']);
    }),
  );
  return { artifacts, outcomes };
}
