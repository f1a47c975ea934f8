import { setTimeout as wait } from 'node:timers/promises';

import { makeArtifact, type MadeArtifact } from '../../support/make-artifact.ts';
import type { StubbornClient } from '../../support/stubborn-client.ts';

export const burstServices = Array.from({ length: 16 }, (_, index) => `service-${String(index + 1).padStart(2, '0')}`);

/** What the manager said yes to, as those who asked remember it. */
export interface BurstMemory {
  /** Artifacts that were said to be ready; those of main go to dev by themselves. */
  readonly artifacts: readonly MadeArtifact[];
  readonly outcomes: readonly { readonly releaseId: string; readonly environment: string; readonly outcome: string }[];
}

/**
 * 16 services, each with two builds of main (dev by itself), releases by hand to staging and prod, and a branch that prod does
 * not take: 96 releases.
 */
export async function runBurst(client: StubbornClient, seed: number, random: () => number): Promise<BurstMemory> {
  const artifacts: MadeArtifact[] = [];
  const outcomes: BurstMemory['outcomes'][number][] = [];
  const upload = async (service: string, branch: string, run: number): Promise<MadeArtifact> => {
    const artifact = await makeArtifact({ service, branch, run });
    const { state, problems } = await client.upload(artifact);
    if (state !== 'ready') throw new Error(`${artifact.spec.id} is ${state}: ${JSON.stringify(problems)}`);
    artifacts.push(artifact);
    return artifact;
  };
  const release = async (service: string, what: { branch: string } | { artifact: string }, environments: string[]) => {
    const idempotencyKey = `${seed}-${service}-${Object.values(what)[0]}-${environments.join('+')}`;
    const answer = await client.release({ service, ...what, environments, idempotencyKey });
    for (const { release: made, environment, outcome } of answer.outcomes)
      if (made !== undefined) outcomes.push({ releaseId: made.id, environment, outcome });
  };
  await Promise.all(
    burstServices.map(async (service) => {
      await wait(random() * 1_000);
      const first = await upload(service, 'main', 1);
      await release(service, { artifact: first.spec.id }, ['staging']);
      await wait(random() * 500);
      const branch = await upload(service, 'feature/x', 2);
      await release(service, { artifact: branch.spec.id }, ['prod']);
      await upload(service, 'main', 3);
      await release(service, { branch: 'main' }, ['staging', 'prod']);
    }),
  );
  return { artifacts, outcomes };
}
