import type { PlacedPolicy } from '@release-manager/policies';

import type { Environment } from './environment.ts';
import type { LocatedNotification } from './notifications.ts';
import type { People, RightsPart } from './people.ts';
import type { FileProblem } from './problem.ts';

/** A policy with the fields as they stand in the file. */
export interface LocatedPolicy extends PlacedPolicy {
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Everything that people wrote into the config repo, at one commit. */
export interface ConfigSnapshot {
  readonly commit: string;
  /** False when there is no `release-manager.yaml`: nothing can be released until `release-cli init` has run. */
  readonly initialised: boolean;
  /** In the order of promotion. Entries that cannot be read are not among them, but among the problems. */
  readonly environments: readonly Environment[];
  /** Where `release-manager.yaml` declares each of them. */
  readonly environmentLines: ReadonlyMap<string, number>;
  readonly globalPolicies: readonly LocatedPolicy[];
  readonly servicePolicies: ReadonlyMap<string, readonly LocatedPolicy[]>;
  /** Services whose own file is broken: nothing of them is released until it is mended. */
  readonly brokenServices: ReadonlyMap<string, readonly FileProblem[]>;
  readonly people: People;
  /** Absent when the file names none: people then have what they have by default. */
  readonly rights: RightsPart | undefined;
  /** In their order; the first one that covers a release counts. */
  readonly notifications: readonly LocatedNotification[];
  /** Services whose uploads straight into the bucket are believed. */
  readonly trustIncoming: readonly string[];
  readonly problems: readonly FileProblem[];
}

/** The policies that speak of a service, global ones first, and what is broken in its own files. */
export function policiesFor(
  snapshot: ConfigSnapshot,
  service: string,
): { readonly policies: readonly LocatedPolicy[]; readonly broken: readonly FileProblem[] } {
  return {
    policies: [...snapshot.globalPolicies, ...(snapshot.servicePolicies.get(service) ?? [])],
    broken: snapshot.brokenServices.get(service) ?? [],
  };
}

/** Every problem that stops a release of the service into the environment. */
export function blockingProblems(
  snapshot: ConfigSnapshot,
  target: { readonly service: string; readonly environment: string },
): readonly FileProblem[] {
  return snapshot.problems.filter(({ scope }) => {
    switch (scope.kind) {
      case 'all':
        return true;
      case 'service':
        return scope.service === target.service;
      case 'environment':
        return scope.environment === target.environment;
      case 'nothing':
        return false;
    }
  });
}

export function findEnvironment(snapshot: ConfigSnapshot, name: string): Environment | undefined {
  return snapshot.environments.find((environment) => environment.name === name);
}
