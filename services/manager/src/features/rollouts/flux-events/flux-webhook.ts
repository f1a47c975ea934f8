import type { IncomingMessage } from 'node:http';

import { AppError, isDnsLabel } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';

import { readRawBody, type RawRoute } from '../../../http/index.ts';
import type { ClusterPlace } from '../intake/observation-store.ts';
import { LookStore } from '../looks/look-store.ts';
import { FluxEventStore } from './flux-event-store.ts';
import { readFluxEvent } from './flux-event.ts';
import { fluxSecret, isSignedByFlux } from './flux-secret.ts';

export interface FluxWebhookDeps {
  /** Without it nothing is taken. */
  readonly key: string | undefined;
  readonly database: Database;
  readonly now: () => Date;
}

/**
 * `POST /v1/webhooks/flux/{environment}/{cluster}`: guarded by the signature of the raw body under the secret of that cluster,
 * checked before anything in it is read. An event is a hint: it is recorded once and has the service judged again, by what the
 * daemon has read. Whatever it says of revisions and failures is not believed, so one that is forged, late, or sent a thousand
 * times changes no release.
 */
export function createFluxWebhook(deps: FluxWebhookDeps): RawRoute {
  return {
    method: 'post',
    path: '/v1/webhooks/flux/{environment}/{cluster}',
    async handle(request, response) {
      const { environment, cluster } = request.params;
      const place = { environment: String(environment), cluster: String(cluster) };
      const body = await readSigned(request, deps.key, place);
      response.status(202).json({ result: await take(deps, place, body) });
    },
  };
}

async function readSigned(request: IncomingMessage, key: string | undefined, place: ClusterPlace): Promise<Buffer> {
  if (key === undefined) {
    throw new AppError('not-found', 'webhook.off', 'This manager takes no events of Flux.', {
      next: 'whoever runs the manager can set FLUX_WEBHOOK_KEY',
    });
  }
  const signature = request.headers['x-signature'];
  // A stranger's megabyte is not even read; names that are none have no secret.
  if (typeof signature !== 'string' || !isDnsLabel(place.environment) || !isDnsLabel(place.cluster)) throw unsigned();
  const body = await readRawBody(request);
  if (!isSignedByFlux(fluxSecret(key, place.environment, place.cluster), body, signature)) throw unsigned();
  return body;
}

async function take({ database, now }: FluxWebhookDeps, place: ClusterPlace, body: Buffer): Promise<string> {
  const hint = readFluxEvent(parseJson(body));
  if (hint === undefined) throw malformed();
  const at = now();
  return database.transaction(async (tx) => {
    const store = new FluxEventStore(tx, place);
    const service = await store.serviceOf(hint.object);
    const isNew = await store.put(hint, service, at);
    if (!isNew) return 'came before';
    if (service === undefined) return 'recorded';
    await new LookStore(tx).markOpen(place.environment, [service], at);
    return 'recorded, and looked at';
  });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw malformed();
  }
}

function unsigned(): AppError {
  return new AppError('forbidden', 'webhook.signature', 'The event is not signed with the secret of this cluster.', {
    next: 'put what `release-cli token flux <environment> --cluster <cluster>` prints into the Secret of the Provider (type generic-hmac)',
  });
}

function malformed(): AppError {
  return new AppError('invalid', 'webhook.payload', 'The delivery cannot be read: it is no event of Flux.');
}
