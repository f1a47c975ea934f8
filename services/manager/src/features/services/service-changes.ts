import { isDeepStrictEqual } from 'node:util';

import type { Service } from './service-records.ts';
import type { ServiceFields } from './service-store.ts';

export interface ServiceChanges {
  /** Only what is different. */
  readonly fields: ServiceFields;
  /** For the ledger: what was and what is, by field. */
  readonly record: Readonly<Record<string, { from: unknown; to: unknown }>>;
  readonly isEmpty: boolean;
}

/** What of `wanted` the service does not say already. */
export function changesOf(service: Service, wanted: ServiceFields): ServiceChanges {
  const different = Object.entries(wanted).filter(
    ([name, value]) => !isDeepStrictEqual(value, service[name as keyof ServiceFields]),
  );
  return {
    fields: Object.fromEntries(different) as ServiceFields,
    record: Object.fromEntries(
      different.map(([name, to]) => [name, { from: service[name as keyof ServiceFields] ?? null, to }]),
    ),
    isEmpty: different.length === 0,
  };
}

/**
 * Namespaces after `service set`: a `default` speaks of every environment and takes the place of all that was said before;
 * without one only the named environments change.
 */
export function mergeNamespaces(
  bound: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return wanted['default'] === undefined ? { ...bound, ...wanted } : { ...wanted };
}
