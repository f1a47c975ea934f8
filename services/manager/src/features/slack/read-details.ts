import { compact, messageOf } from '@release-manager/domain';
import { diffManifests, renderDiff } from '@release-manager/manifests';
import type { Db } from '@release-manager/postgres';
import type { Logger } from '@release-manager/runtime';

import { ArtifactRecords, type ArtifactLoader } from '../artifacts/index.ts';
import type { Release } from '../releases/index.ts';
import type { LogPlace } from './slack-event.ts';
import type { ShownDiff, ShownLog } from './thread-message.ts';

export interface DetailsDeps {
  readonly db: Db;
  readonly loader: Pick<ArtifactLoader, 'load'>;
  readonly logger: Logger;
}

/**
 * What a release changed in its environment, secrets masked; nothing where one of both sides cannot be read any more. A message
 * without a diff is better than none.
 */
export async function readDiff(deps: DetailsDeps, release: Release): Promise<ShownDiff | undefined> {
  const { artifactId, replacedArtifactId, environment } = release;
  if (artifactId === undefined) return undefined;
  try {
    const [before, after] = [
      await filesOf(deps, replacedArtifactId, environment),
      await filesOf(deps, artifactId, environment),
    ];
    if (before === undefined || after === undefined) return undefined;
    const diffs = diffManifests(before, after);
    const objects = diffs.map(({ kind, name, change, added, removed }) => ({
      name: `${kind} ${name}`,
      change,
      added,
      removed,
    }));
    // Of a service that is new everything is: the list of its objects is enough.
    return {
      objects,
      text: replacedArtifactId === undefined ? '' : diffs.map((diff) => renderDiff([diff])).join('\n'),
    };
  } catch (error) {
    deps.logger.warn('what a release changed could not be read', { release: release.id, error: messageOf(error) });
    return undefined;
  }
}

async function filesOf({ db, loader }: DetailsDeps, id: string | undefined, environment: string) {
  if (id === undefined) return [];
  const artifact = await new ArtifactRecords(db).find(id);
  return artifact === undefined ? undefined : (await loader.load(artifact)).get(environment);
}

interface LogRow {
  readonly pod: string;
  readonly container: string;
  readonly lines: readonly string[];
}

/** What the container printed before it died the last time. */
export async function readLog(db: Db, environment: string, place: LogPlace | undefined): Promise<ShownLog | undefined> {
  if (place === undefined) return undefined;
  const { cluster, podUid, container } = place;
  const row = await db('crash_logs')
    .where({ environment, cluster, pod_uid: podUid, container })
    .orderBy('restarts', 'desc')
    .select<LogRow[]>('pod', 'container', 'lines')
    .first();
  return row === undefined || row.lines.length === 0 ? undefined : compact({ ...row });
}
