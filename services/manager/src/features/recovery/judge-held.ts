import { isNewer } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { FolderStore } from '../config-repo/index.ts';
import type { Release } from '../releases/index.ts';
import { ordersOf } from './automation-heads.ts';

/** What becomes of a release that was held, when automation goes on. */
export interface HeldJudgement {
  readonly release: Release;
  readonly to: 'queued' | 'cancelled' | 'superseded';
  /** Why it does not go out. */
  readonly why?: string;
  readonly supersededBy?: string;
}

/**
 * Judges what waited by what is known now: while history was still missing, something may have been recorded that lies there
 * already, or that is older than what automation released before the loss.
 */
export async function judgeHeld(db: Db, held: readonly Release[]): Promise<readonly HeldJudgement[]> {
  const services = [...new Set(held.map(({ service }) => service))];
  const folders = await new FolderStore(db).ofServices(services);
  const there = new Set(folders.map((each) => targetOf(each, each.artifactId)));
  const heads = await db<{ service: string; environment: string; branch: string; artifact_id: string }>(
    'automation_heads',
  ).whereIn('service', services);
  const headOf = new Map(heads.map((head) => [targetOf(head, head.branch), head.artifact_id]));
  const orders = await ordersOf(db, [...headOf.values(), ...held.flatMap(({ artifactId }) => artifactId ?? [])]);
  return held.map((release) => {
    if (there.has(targetOf(release, release.artifactId)))
      return { release, to: 'cancelled', why: `${release.artifactId ?? 'it'} is in ${release.environment} already` };
    const head = headOf.get(targetOf(release, release.branch));
    const [own, other] = [orders.get(release.artifactId ?? ''), orders.get(head ?? '')];
    if (
      head === undefined ||
      head === release.artifactId ||
      own === undefined ||
      other === undefined ||
      isNewer(own, other)
    )
      return { release, to: 'queued' };
    const why = `${release.artifactId ?? 'it'} is older than ${head}, which automation released to ${release.environment} before`;
    return { release, to: 'superseded', supersededBy: head, why };
  });
}

function targetOf(
  { environment, service }: { readonly environment: string; readonly service: string },
  what: string | undefined,
): string {
  return `${environment}/${service}/${what ?? ''}`;
}
