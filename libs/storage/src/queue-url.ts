import { AppError } from '@release-manager/domain';

export interface QueueLocation {
  readonly url: string;
  /** Where requests for the queue go. */
  readonly endpoint: string;
  /** As the host name of AWS tells it; absent for other servers, where the SDK's own setting counts. */
  readonly region?: string;
}

/** `sqs.eu-west-1.amazonaws.com`, `eu-west-1.queue.amazonaws.com`, and the same in other partitions. */
const awsHost = /^(?:sqs\.([a-z0-9-]+)|([a-z0-9-]+)\.queue)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;

/**
 * Reads the URL of an SQS queue.
 * @throws AppError invalid `queue.url`
 */
export function parseQueueUrl(text: string): QueueLocation {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isQueue =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    /^\/[^/]+\/[^/]+$/.test(url.pathname);
  if (!isQueue) {
    throw new AppError('invalid', 'queue.url', 'ARTIFACT_QUEUE_URL is not the URL of an SQS queue.', {
      next: 'Set it to https://sqs.<region>.amazonaws.com/<account>/<queue>, as `aws sqs get-queue-url` prints it.',
    });
  }
  const match = awsHost.exec(url.hostname);
  const region = match?.[1] ?? match?.[2];
  return { url: url.href, endpoint: url.origin, ...(region === undefined ? {} : { region }) };
}
