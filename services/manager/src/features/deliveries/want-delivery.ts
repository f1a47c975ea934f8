import { newId } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import { endOfKind } from './delivery-ends.ts';
import type { WantedDelivery } from './delivery.ts';
import { rankOf } from './urgency.ts';

/** The channel on which senders are told that something is wanted. */
export const deliveryChannel = 'deliveries';

/**
 * Says, in the caller's transaction, that something outside is to be brought up to date. What was wanted before and is not sent
 * yet becomes one with it: it goes as early and as urgently as either of them, and shows what is true when it goes. The pause
 * after a failure stays, so that an outage is no reason to try more often. Whoever does not say what it is about leaves that as
 * it is: by it people find the delivery, and may have it sent again.
 * @throws AppError bug `delivery.kind`
 */
export async function wantDelivery(tx: Db, wanted: WantedDelivery, at: Date = new Date()): Promise<void> {
  await tx.raw(
    `with done as (
     insert into deliveries as d
       (id, end_name, kind, key, subject, urgency, service, environment, release_id, state, pending_since, not_before, lane,
        created_at, updated_at)
     values (:id, :end, :kind, :key, cast(:subject as jsonb), :urgency, :service, :environment, :release, 'pending', :at, :notBefore, :lane,
        :at, :at)
     on conflict (kind, key) do update set
       subject = excluded.subject, service = coalesce(excluded.service, d.service),
       environment = coalesce(excluded.environment, d.environment), release_id = coalesce(excluded.release_id, d.release_id),
       lane = coalesce(excluded.lane, d.lane), state = 'pending', wanted = d.wanted + 1, updated_at = excluded.updated_at,
       urgency = case when d.state = 'pending' then least(d.urgency, excluded.urgency) else excluded.urgency end,
       pending_since = case when d.state = 'pending' then d.pending_since else excluded.pending_since end,
       not_before = case when d.state = 'pending' then ${earlier} else excluded.not_before end,
       retry_at = case when d.state = 'pending' then d.retry_at end,
       attempts = case when d.state = 'pending' then d.attempts else 0 end)
     select pg_notify(:channel, '')`,
    {
      channel: deliveryChannel,
      id: newId('dlv', at),
      end: endOfKind(wanted.kind),
      kind: wanted.kind,
      key: wanted.key,
      subject: jsonb(wanted.subject),
      urgency: rankOf(wanted.urgency),
      service: wanted.service ?? null,
      environment: wanted.environment ?? null,
      release: wanted.releaseId ?? null,
      notBefore: wanted.notBefore ?? null,
      lane: wanted.lane ?? null,
      at,
    },
  );
}

/** Without a time is at once. */
const earlier = `case when d.not_before is null or excluded.not_before is null then null
         else least(d.not_before, excluded.not_before) end`;
