import { createHmac } from 'node:crypto';

import { AppError, messageOf } from '@release-manager/domain';

export interface Receiver {
  readonly url: string;
  /** Of a `generic-hmac` Receiver. */
  readonly token?: string | undefined;
}

const timeoutMs = 15_000;

/**
 * Tells the Receiver of Flux that the config repo changed. It looks at nothing but the signature (`X-Signature`, HMAC-SHA256
 * of the body); calling it twice does no harm.
 * @throws AppError unavailable with what the Receiver said.
 */
export async function pokeFlux(receiver: Receiver, signal: AbortSignal): Promise<void> {
  const body = '{}';
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (receiver.token !== undefined) {
    headers['x-signature'] = `sha256=${createHmac('sha256', receiver.token).update(body).digest('hex')}`;
  }
  let response: Response;
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    response = await fetch(receiver.url, { method: 'POST', body, headers, redirect: 'error', signal: limit });
  } catch (error) {
    throw new AppError('unavailable', 'flux.receiver', `The Receiver does not answer: ${messageOf(error)}.`, {
      next: 'check FLUX_RECEIVER_URL and that notification-controller runs',
      cause: error,
    });
  }
  await response.body?.cancel();
  if (!response.ok) {
    throw new AppError('unavailable', 'flux.receiver', `The Receiver answered ${response.status}.`, {
      next: 'check FLUX_RECEIVER_TOKEN against the Secret of the Receiver, and the path against its status.webhookPath',
    });
  }
}
