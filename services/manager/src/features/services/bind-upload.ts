import type { ConfigSnapshot } from '@release-manager/config-repo';
import type { Actor } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import { assertBinding, type ServiceClaim } from './service-binding.ts';
import { changesOf } from './service-changes.ts';
import { assertFreeName, assertNamespaces } from './service-names.ts';
import type { Service } from './service-records.ts';
import { ServiceStore, type ServiceFields } from './service-store.ts';

export interface BindContext {
  readonly actor: Actor;
  readonly snapshot: ConfigSnapshot;
  readonly at: Date;
}

/**
 * The service of an upload: registered now when it is its first, else held to what it was bound to. Its row stays locked
 * until the transaction ends.
 * @throws AppError invalid for names and namespaces that cannot be; conflict `service.…-bound`, `service.pair-clash`
 */
export async function bindUpload(tx: Db, claim: ServiceClaim, context: BindContext): Promise<Service> {
  const store = new ServiceStore(tx);
  const known = await store.lock(claim.name);
  if (known !== undefined) return holdTo(tx, known, claim, context);
  const names = await store.lockNames();
  // Somebody may have registered it while this one waited for its turn.
  const registered = names.includes(claim.name) ? await store.lock(claim.name) : undefined;
  if (registered !== undefined) return holdTo(tx, registered, claim, context);
  return registerService(tx, toService(claim, context.at), names, context);
}

/** Inserts a new service, whose name is judged beside all others. `names` were read under the lock. */
export async function registerService(
  tx: Db,
  service: Service,
  names: readonly string[],
  { actor, snapshot, at }: BindContext,
): Promise<Service> {
  assertFreeName(service.name, snapshot.environments, names);
  assertNamespaces(service.namespaces, snapshot.environments);
  await new ServiceStore(tx).insert(service, actor);
  await appendLedger(tx, {
    kind: 'service.registered',
    actor,
    service: service.name,
    cause: `${service.name} was registered${service.owner === undefined ? '' : ` for ${service.owner}`}`,
    details: {
      namespaces: service.namespaces,
      ...(service.owner === undefined ? {} : { owner: service.owner }),
      ...(service.repository === undefined ? {} : { repository: service.repository }),
    },
    at,
  });
  return service;
}

async function holdTo(tx: Db, service: Service, claim: ServiceClaim, { actor, at }: BindContext): Promise<Service> {
  assertBinding(service, claim);
  if (service.repository !== undefined) return service;
  // Registered by hand without one: the first upload says where it comes from, as it would have by registering it.
  const { repository } = claim;
  await changeService(tx, {
    service,
    fields: { repository },
    actor,
    cause: 'its first upload says where it comes from',
    at,
  });
  return { ...service, repository };
}

/** `paths`, `links` and the place of `release.yaml` are not bound: they follow the newest upload. */
export async function followUpload(
  tx: Db,
  service: Service,
  claim: ServiceClaim,
  { actor, at }: Pick<BindContext, 'actor' | 'at'>,
): Promise<void> {
  const { sourcePath, paths, links } = claim;
  // With a release.yaml behind the upload, what is missing there was taken out of it; without one nothing was said.
  const fields: ServiceFields =
    sourcePath === undefined
      ? { ...(paths === undefined ? {} : { paths }), ...(links === undefined ? {} : { links }) }
      : { sourcePath, paths: paths ?? [], links: links ?? {} };
  await changeService(tx, { service, fields, actor, cause: 'as its newest artifact says', at });
}

export interface ServiceChange {
  readonly service: Service;
  readonly fields: ServiceFields;
  readonly actor: Actor;
  readonly cause: string;
  readonly at: Date;
}

/** Changes a locked service and records it; nothing when everything is so already. @returns whether something changed */
export async function changeService(tx: Db, { service, fields, actor, cause, at }: ServiceChange): Promise<boolean> {
  const changes = changesOf(service, fields);
  if (changes.isEmpty) return false;
  await new ServiceStore(tx).update(service.name, changes.fields, at);
  await appendLedger(tx, {
    kind: 'service.changed',
    actor,
    service: service.name,
    cause: `${Object.keys(changes.record).join(', ')} of ${service.name} changed: ${cause}`,
    details: { changes: changes.record },
    at,
  });
  return true;
}

function toService(claim: ServiceClaim, at: Date): Service {
  const { owner, sourcePath } = claim;
  return {
    name: claim.name,
    namespaces: claim.namespaces,
    repository: claim.repository,
    paths: claim.paths ?? [],
    links: claim.links ?? {},
    registeredAt: at,
    ...(owner === undefined ? {} : { owner }),
    ...(sourcePath === undefined ? {} : { sourcePath }),
  };
}
