import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The secret that Flux of one cluster signs with: hex HMAC-SHA256 of `<environment>/<cluster>` under FLUX_WEBHOOK_KEY, so that
 * nothing has to be stored, and dev cannot speak for prod.
 */
export function fluxSecret(key: string, environment: string, cluster: string): string {
  return createHmac('sha256', key).update(`${environment}/${cluster}`).digest('hex');
}

/** `sha256=<hex>`, as notification-controller sends it for `generic-hmac`; it may take a longer sum one day. */
const form = /^(sha256|sha384|sha512)=([0-9a-f]{64,128})$/i;

/** Whether who has the secret sent exactly these bytes. How long it takes tells nothing of how much of it was right. */
export function isSignedByFlux(secret: string, body: Buffer, header: string | undefined): boolean {
  const [, algorithm, hex] = form.exec(header ?? '') ?? [];
  if (algorithm === undefined || hex === undefined) return false;
  const expected = createHmac(algorithm.toLowerCase(), secret).update(body).digest();
  const sent = Buffer.from(hex, 'hex');
  return sent.length === expected.length && timingSafeEqual(expected, sent);
}
