import { actorName } from '@release-manager/domain';
import { z } from 'zod';

import type { Delivered, DeliveryKind } from '../deliveries/index.ts';
import { ReleaseStore, type Release } from '../releases/index.ts';
import type { GuardedRequest } from './guarded-request.ts';
import type { OutgoingDeps } from './outgoing-deps.ts';
import { findReceiver, type GrafanaReceiver } from './receivers.ts';

/** One annotation for each release: from its commit to what became of it. */
export const grafanaKind = 'grafana.annotation';

const Made = z.object({ id: z.number().int() });
const Found = z.array(Made);

export function createGrafanaKind({ database, receivers, send }: OutgoingDeps): DeliveryKind {
  return {
    kind: grafanaKind,
    end: 'grafana',
    async deliver({ subject, external, sentHash, inDoubt }, { spend, signal }): Promise<Delivered> {
      const receiver = findReceiver(receivers, 'grafana', subject['to']);
      const release = await new ReleaseStore(database.db).find(subject['release'] ?? '');
      if (receiver === undefined || release?.committedAt === undefined) return { outcome: 'gone' };
      const body = JSON.stringify(annotationOf(release, release.committedAt));
      if (body === sentHash) return { outcome: 'unchanged' };
      const call = (method: GuardedRequest['method'], path: string, text?: string): Promise<string> =>
        send({
          method,
          url: new URL(`api/annotations${path}`, folderOf(receiver)).href,
          headers: { authorization: `Bearer ${receiver.token}`, 'content-type': 'application/json' },
          ...(text === undefined ? {} : { body: text }),
          signal,
        });
      const lookUp = async (): Promise<string | undefined> =>
        idOf(Found.parse(JSON.parse(await call('GET', `?type=annotation&limit=1&tags=${release.id}`)))[0]);
      const known = external?.['id'] ?? (inDoubt ? await lookUp() : undefined);
      await spend(receiver.name);
      if (known !== undefined) {
        await call('PATCH', `/${encodeURIComponent(known)}`, body);
        return { outcome: 'sent', external: { id: known }, hash: body };
      }
      const id = idOf(Made.parse(JSON.parse(await call('POST', '', body))));
      return { outcome: 'sent', hash: body, ...(id === undefined ? {} : { external: { id } }) };
    },
  };
}

function idOf(annotation: z.infer<typeof Made> | undefined): string | undefined {
  return annotation && String(annotation.id);
}

/** A Grafana may live below a path. */
function folderOf({ url }: GrafanaReceiver): string {
  return url.endsWith('/') ? url : `${url}/`;
}

const ends: ReadonlySet<string> = new Set(['healthy', 'failed', 'superseded']);

function annotationOf(release: Release, committedAt: Date): object {
  const { id, service, environment, artifactId = 'undeploy', state, actor, updatedAt } = release;
  return {
    time: committedAt.getTime(),
    // Until it has ended it is a point.
    timeEnd: (ends.has(state) ? updatedAt : committedAt).getTime(),
    tags: ['release', `service:${service}`, `environment:${environment}`, `state:${state}`, id],
    text: plain(`${service} in ${environment}: ${artifactId} is ${state}, by ${actorName(actor)}`),
  };
}

/** Grafana shows HTML. */
function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
