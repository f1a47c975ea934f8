import { createHash } from 'node:crypto';

import type { Database } from '@release-manager/postgres';

import type { Delivery, DeliveryKind } from '../deliveries/index.ts';
import { committedReleases } from '../releases/index.ts';
import type { OutgoingDeps } from './outgoing-deps.ts';
import { resolveEvent, triggerEvent, type Trouble } from './pagerduty-event.ts';
import { findReceiver } from './receivers.ts';

/** One alert for each service in each environment; it is open while something is wrong there. */
export const pagerDutyKind = 'pagerduty.alert';

const open = 'trigger';
const closed = 'resolve';

export function createPagerDutyKind({ database, receivers, publicUrl, send }: OutgoingDeps): DeliveryKind {
  return {
    kind: pagerDutyKind,
    end: 'pagerduty',
    async deliver({ subject, sentHash, inDoubt }, { spend, signal }) {
      const { to, service = '', environment = '' } = subject;
      const receiver = findReceiver(receivers, 'pagerduty', to);
      if (receiver === undefined) return { outcome: 'gone' };
      const trouble = await readTrouble(database, { service, environment });
      const next = nextHash(trouble, { sentHash, inDoubt });
      if (trouble === 'undecided' || next === sentHash) return { outcome: 'unchanged', hash: next };
      const alert = { routingKey: receiver.routingKey, dedupKey: dedupKeyOf(publicUrl, { service, environment }) };
      await spend(receiver.name);
      await send({
        method: 'POST',
        url: receiver.url,
        headers: { 'content-type': 'application/json', 'user-agent': 'release-manager' },
        body: trouble === undefined ? resolveEvent(alert) : triggerEvent(alert, trouble, publicUrl),
        signal,
      });
      return { outcome: 'sent', hash: next };
    },
  };
}

/** What the alert is to be; the same as before where nothing has to be said. Pure. */
function nextHash(
  trouble: Trouble | 'undecided' | undefined,
  { sentHash, inDoubt }: Pick<Delivery, 'sentHash' | 'inDoubt'>,
): string | undefined {
  // Called perhaps: it has to be called off later.
  if (trouble === 'undecided') return inDoubt ? `${open} in doubt` : sentHash;
  if (trouble !== undefined) return `${open} ${trouble.release.id}`;
  // Nobody was called: nothing to call off.
  return inDoubt || sentHash?.startsWith(open) === true ? closed : sentHash;
}

interface Target {
  readonly service: string;
  readonly environment: string;
}

/** What is wrong there; `undecided` while a newer release is under way, which leaves the alert as it is. */
async function readTrouble({ db }: Database, target: Target): Promise<Trouble | 'undecided' | undefined> {
  const [release] = await committedReleases(db, target, 1);
  if (release === undefined) return undefined;
  if (release.state === 'failed') return { release, says: release.failure?.message ?? 'the release failed' };
  const incident = await db<{ release_id: string; object: string; why: { message?: string }; closed_at: Date | null }>(
    'incidents',
  )
    .where({ release_id: release.id })
    .whereNull('closed_at')
    .first('object', 'why');
  if (incident !== undefined) return { release, says: `${incident.object}: ${incident.why.message ?? 'it crashes'}` };
  return release.state === 'healthy' || release.watched !== true ? undefined : 'undecided';
}

/** At most 255 characters, the same for ever, and another one for another installation. */
function dedupKeyOf(publicUrl: string, { service, environment }: Target): string {
  return createHash('sha256').update(`${publicUrl} ${environment} ${service}`).digest('hex');
}
