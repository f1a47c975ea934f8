import { AppError } from '@release-manager/domain';

import { failureOf } from './s3-errors.ts';

const missing = new Set(['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue', 'NonExistentQueue']);
const noCredentials = new Set([
  'CredentialsProviderError',
  'TokenProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
]);

/**
 * The error of a queue, in words. As with the store, the SDK's own error is no cause: it holds the access key and what was
 * signed, and a logger writes causes out.
 * @param action the permission that the operation needs: `sqs:ReceiveMessage`
 */
export function translateSqsError(error: unknown, queue: string, action: string): AppError {
  const { code, status } = failureOf(error);
  const { kind, what, next } = explain(code, status, action);
  return new AppError('unavailable', `queue.${kind}`, `${queue}: ${what} (${action}: ${code}).`, {
    next,
    details: { queue, action, code, ...(status === undefined ? {} : { status }) },
  });
}

interface Explanation {
  readonly kind: 'refused' | 'unavailable';
  readonly what: string;
  readonly next: string;
}

function explain(code: string, status: number | undefined, action: string): Explanation {
  if (missing.has(code))
    return {
      kind: 'refused',
      what: 'there is no such queue',
      next: 'Create the queue, or correct ARTIFACT_QUEUE_URL.',
    };
  if (noCredentials.has(code)) {
    const next = 'Give the manager credentials in one of the ways of the AWS SDK, as for the artifact store.';
    return { kind: 'refused', what: 'there are no valid AWS credentials', next };
  }
  if (status === 401 || status === 403 || code === 'AccessDenied') {
    const next = `Check that the manager's credentials permit ${action} on the queue, that AWS_REGION is right, and that the clock is.`;
    return { kind: 'refused', what: 'the queue refuses our credentials', next };
  }
  const what = status === undefined ? 'the queue cannot be reached' : `the queue answered ${status}`;
  return { kind: 'unavailable', what, next: 'It is tried again. If it stays so, check the network and the queue.' };
}
