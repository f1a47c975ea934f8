import type { DeliveryKind } from '../deliveries/index.ts';
import { createLedgerStore } from '../ledger/index.ts';
import { cloudEventOf, signedHeaders } from './cloud-event.ts';
import type { OutgoingDeps } from './outgoing-deps.ts';
import { findReceiver } from './receivers.ts';

/** One event for one receiver: each is heard by itself. Sent again in doubt, with the id by which the receiver can tell. */
export const webhookKind = 'webhook.event';

export function createWebhookKind({ database, receivers, publicUrl, send, now }: OutgoingDeps): DeliveryKind {
  return {
    kind: webhookKind,
    end: 'webhook',
    async deliver({ subject }, { spend, signal }) {
      const receiver = findReceiver(receivers, 'webhook', subject['to']);
      const row = await createLedgerStore(database.db).find(subject['entry'] ?? '');
      if (receiver === undefined || row === undefined) return { outcome: 'gone' };
      const body = cloudEventOf(row, publicUrl);
      await spend(receiver.name);
      await send({
        method: 'POST',
        url: receiver.url,
        headers: {
          'content-type': 'application/cloudevents+json; charset=utf-8',
          'user-agent': 'release-manager',
          ...signedHeaders(body, { id: `${row.tx}-${row.id}`, secret: receiver.secret, at: now() }),
        },
        body,
        signal,
      });
      return { outcome: 'sent' };
    },
  };
}
