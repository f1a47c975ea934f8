import { createHmac } from 'node:crypto';

import { toLedgerEntry, type LedgerRow } from '../ledger/index.ts';

/**
 * An entry of the record as a CloudEvent 1.0 in JSON (structured mode). Its id is that of the entry, so whoever gets it twice can
 * tell; `source` and `id` together are unique.
 */
export function cloudEventOf(row: LedgerRow, source: string): string {
  const entry = toLedgerEntry(row);
  return JSON.stringify({
    specversion: '1.0',
    id: entry.id,
    source,
    type: `io.release-manager.${entry.kind}`,
    ...(entry.release === undefined && entry.service === undefined ? {} : { subject: entry.release ?? entry.service }),
    time: entry.at,
    datacontenttype: 'application/json',
    data: entry,
  });
}

/**
 * Headers by which a receiver knows that it comes from us, is whole, and is not replayed later, as the Standard Webhooks
 * specification has them (standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`. A secret that begins with `whsec_` is base64,
 * any other one is taken as it is.
 */
export function signedHeaders(
  body: string,
  { id, secret, at }: { readonly id: string; readonly secret: string; readonly at: Date },
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const prefix = 'whsec_';
  const key = secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), 'base64') : Buffer.from(secret);
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
