import { createHmac, timingSafeEqual } from 'node:crypto';

/** Slack's own advice: what is older was recorded by somebody and is sent again. Seconds, either way. */
const windowSeconds = 300;

export interface SignedRequest {
  /** The raw body: a byte that was changed changes the signature. */
  readonly body: Buffer;
  /** `X-Slack-Request-Timestamp`, seconds since 1970. */
  readonly timestamp: string;
  /** `X-Slack-Signature`, `v0=` and 64 hex digits. */
  readonly signature: string;
}

/**
 * Whether Slack sent this, and just now: HMAC-SHA256 of `v0:<timestamp>:<body>` under the signing secret
 * (docs.slack.dev, "Verifying requests from Slack").
 */
export function judgeSlackSignature(secret: string, request: SignedRequest, now: Date): 'genuine' | 'late' | 'forged' {
  const { body, timestamp, signature } = request;
  if (!/^\d{1,12}$/.test(timestamp)) return 'forged';
  const mac = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex');
  const expected = Buffer.from(`v0=${mac}`);
  const sent = Buffer.from(signature);
  if (sent.length !== expected.length || !timingSafeEqual(sent, expected)) return 'forged';
  return Math.abs(now.getTime() / 1000 - Number(timestamp)) > windowSeconds ? 'late' : 'genuine';
}
