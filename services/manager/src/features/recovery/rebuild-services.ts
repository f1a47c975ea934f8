import { namespaceIn, type ArtifactSpec } from '@release-manager/contract';
import { assertServiceName, isNewer, type BuildOrder } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import { ServiceStore, type Service } from '../services/index.ts';
import { RecoveryStore } from './recovery-store.ts';
import type { ReleaseFolderContent } from './release-folders.ts';

/**
 * The services that lie in the config repo, as their newest artifact there describes them. Where the folder lies in another
 * namespace than the artifact says, the folder is right: an administrator moved the service.
 */
export function servicesOf(folders: readonly ReleaseFolderContent[], at: Date): readonly Service[] {
  const newest = new Map<string, ArtifactSpec>();
  for (const { service, spec } of folders) {
    if (spec === undefined || !isServiceName(service)) continue;
    const known = newest.get(service);
    if (known === undefined || isNewer(orderOf(spec), orderOf(known))) newest.set(service, spec);
  }
  return [...newest.values()].map((spec) => {
    const { service: name, namespaces, owner, paths = [], links = {}, source } = spec;
    const moved = folders.filter(
      (folder) => folder.service === name && namespaceIn(namespaces, folder.environment) !== folder.namespace,
    );
    return {
      name,
      namespaces: { ...namespaces, ...Object.fromEntries(moved.map((each) => [each.environment, each.namespace])) },
      repository: source.repository,
      paths,
      links,
      registeredAt: at,
      ...(owner === undefined ? {} : { owner }),
      ...(source.path === undefined ? {} : { sourcePath: source.path }),
    };
  });
}

/** Registers those that the database does not know; the others stay bound as they are. */
export async function rebuildServices(database: Database, services: readonly Service[], at: Date): Promise<void> {
  await database.transaction(async (tx) => {
    const store = new ServiceStore(tx);
    const known = new Set(await store.lockNames());
    const missing = services.filter(({ name }) => !known.has(name));
    for (const service of missing) {
      // Names and namespaces are not judged: Flux applies them already, and whoever is wrong would only be hidden.
      await store.insert(service, { kind: 'manager' });
      await appendLedger(tx, {
        kind: 'service.rebuilt',
        actor: { kind: 'manager' },
        service: service.name,
        cause: `${service.name} was found in the config repo and registered again`,
        details: { namespaces: service.namespaces, ...(service.owner === undefined ? {} : { owner: service.owner }) },
        at,
      });
    }
    if (missing.length > 0) await new RecoveryStore(tx).countServices(missing.length, at);
  });
}

function orderOf({ source, ci }: ArtifactSpec): BuildOrder {
  return { sha: source.sha, ci, committedAt: source.committedAt };
}

function isServiceName(name: string): boolean {
  try {
    assertServiceName(name);
    return true;
  } catch {
    return false;
  }
}
