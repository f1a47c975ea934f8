import type { Release } from '../releases/index.ts';

/** What is wrong with a service in an environment right now. */
export interface Trouble {
  readonly release: Release;
  /** What a person reads first. */
  readonly says: string;
}

interface Alert {
  readonly routingKey: string;
  readonly dedupKey: string;
}

const longestSummary = 1_024;

/** An event of PagerDuty's Events API v2; the same `dedup_key` opens no second alert. */
export function triggerEvent({ routingKey, dedupKey }: Alert, { release, says }: Trouble, publicUrl: string): string {
  const { service, environment, id, artifactId } = release;
  return JSON.stringify({
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: dedupKey,
    client: 'release-manager',
    client_url: publicUrl,
    payload: {
      summary: `${service} in ${environment}: ${says}`.slice(0, longestSummary),
      source: publicUrl,
      severity: 'critical',
      component: service,
      group: environment,
      class: 'release',
      custom_details: { release: id, artifact: artifactId ?? null },
    },
  });
}

export function resolveEvent({ routingKey, dedupKey }: Alert): string {
  return JSON.stringify({ routing_key: routingKey, event_action: 'resolve', dedup_key: dedupKey });
}
