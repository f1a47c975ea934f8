import { AppError } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { artifactNotFound, ArtifactRecords, type Artifact } from '../artifacts/index.ts';
import { serviceNotFound, ServiceRecords, type Service } from '../services/index.ts';
import { ReleaseStore } from './release-store.ts';
import type { Release } from './release.ts';

/** @throws AppError not-found `service.not-found` */
export async function findService(db: Db, name: string): Promise<Service> {
  const service = await new ServiceRecords(db).find(name);
  if (service !== undefined) return service;
  throw serviceNotFound(name);
}

/** @throws AppError not-found `release.not-found` */
export async function findRelease(db: Db, id: string): Promise<Release> {
  const release = await new ReleaseStore(db).find(id);
  if (release !== undefined) return release;
  throw new AppError('not-found', 'release.not-found', `There is no release ${id}.`, {
    next: 'list them with `release-cli history`',
  });
}

/** @throws AppError not-found, conflict */
export async function findArtifact(
  db: Db,
  service: string,
  what: { readonly branch: string } | { readonly artifact: string },
): Promise<Artifact> {
  const records = new ArtifactRecords(db);
  if ('branch' in what) {
    const head = await records.head(service, what.branch);
    if (head !== undefined) return head;
    const branches = await records.branches(service, 10);
    throw new AppError(
      'not-found',
      'release.no-artifact',
      `${service} has no ready artifact of the branch ${what.branch}.`,
      {
        next:
          branches.length === 0
            ? 'push one with `release-cli artifact push`'
            : `branches that have one: ${branches.join(', ')}`,
      },
    );
  }
  const artifact = await records.find(what.artifact);
  if (artifact === undefined) throw artifactNotFound(what.artifact, service);
  if (artifact.service !== service) {
    throw new AppError(
      'conflict',
      'artifact.other-service',
      `${artifact.id} is an artifact of ${artifact.service}, not of ${service}.`,
      {
        next: `release it with --service ${artifact.service}`,
      },
    );
  }
  if (artifact.state !== 'ready') {
    throw new AppError('conflict', 'artifact.not-ready', `${artifact.id} is ${artifact.state}.`, {
      next: `see why with \`release-cli artifact show ${artifact.id}\``,
    });
  }
  return artifact;
}
