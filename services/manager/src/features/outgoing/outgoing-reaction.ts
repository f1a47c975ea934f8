import { matchesGlob } from '@release-manager/policies';

import { wantDelivery, type LedgerReaction, type Urgency, type WantedDelivery } from '../deliveries/index.ts';
import type { LedgerRow } from '../ledger/index.ts';
import { grafanaKind } from './grafana-kind.ts';
import type { OutgoingDeps } from './outgoing-deps.ts';
import { pagerDutyKind } from './pagerduty-kind.ts';
import { concerns, type Receiver, type WebhookReceiver } from './receivers.ts';
import { webhookKind } from './webhook-kind.ts';

/** What an alert may be about: a failure, an incident, and what ends either. */
const alarming: ReadonlySet<string> = new Set([
  'release.failed',
  'release.healthy',
  'release.recovered',
  'release.committed',
  'incident.opened',
  'incident.closed',
]);
/** States that an annotation shows. */
const annotated: Readonly<Record<string, Urgency>> = {
  committed: 'intermediate',
  healthy: 'final',
  failed: 'final',
  superseded: 'final',
};

type Wish = Pick<WantedDelivery, 'kind' | 'key' | 'subject' | 'urgency'>;

/** Hears the record for everybody who is told of it by HTTP. */
export function createOutgoingReaction(deps: Pick<OutgoingDeps, 'receivers' | 'isProtected' | 'now'>): LedgerReaction {
  return {
    name: 'outgoing',
    async react(tx, entries) {
      for (const entry of entries)
        for (const receiver of deps.receivers) {
          const wish = concerns(receiver, entry) ? wishOf(receiver, entry, deps.isProtected) : undefined;
          if (wish !== undefined)
            await wantDelivery(tx, { ...wish, lane: receiver.name, ...placeOf(entry) }, deps.now());
        }
    },
  };
}

function placeOf({ service, environment, release_id: releaseId }: LedgerRow) {
  return {
    service: service ?? undefined,
    environment: environment ?? undefined,
    releaseId: releaseId ?? undefined,
  };
}

function wishOf(receiver: Receiver, entry: LedgerRow, isProtected: (environment: string) => boolean): Wish | undefined {
  switch (receiver.kind) {
    case 'webhook':
      return eventOf(receiver, entry);
    case 'grafana':
      return annotationOf(receiver, entry);
    case 'pagerduty':
      return alertOf(receiver, entry, isProtected);
  }
}

/** What is rebuilt after a loss happened long ago, thousands at once: it goes to whoever names its kind, and not by a glob. */
function eventOf({ name: to, events }: WebhookReceiver, { kind, tx, id }: LedgerRow): Wish | undefined {
  const isWanted = kind.endsWith('.rebuilt') ? events.includes(kind) : events.some((glob) => matchesGlob(glob, kind));
  if (!isWanted) return undefined;
  return { kind: webhookKind, key: `${to} ${tx}-${id}`, subject: { to, entry: String(id) }, urgency: 'final' };
}

/** What was rebuilt after a loss happened long ago, and was drawn then. */
function annotationOf({ name: to }: Receiver, entry: LedgerRow): Wish | undefined {
  const { kind, release_id: release, to_state: state } = entry;
  const urgency = state === null || kind === 'release.rebuilt' ? undefined : annotated[state];
  if (release === null || urgency === undefined || !kind.startsWith('release.')) return undefined;
  return { kind: grafanaKind, key: `${to} ${release}`, subject: { to, release }, urgency };
}

function alertOf(
  { name: to, environments }: Receiver,
  { kind, service, environment }: LedgerRow,
  isProtected: (environment: string) => boolean,
): Wish | undefined {
  if (!alarming.has(kind) || service === null || environment === null) return undefined;
  // Who names environments is called for those; by default for those that are protected.
  if (environments === undefined && !isProtected(environment)) return undefined;
  const key = `${to} ${environment}/${service}`;
  return { kind: pagerDutyKind, key, subject: { to, service, environment }, urgency: 'final' };
}
