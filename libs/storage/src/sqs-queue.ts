import type { MessageQueue } from './message-queue.ts';
import { parseQueueUrl } from './queue-url.ts';

/**
 * The queue that tells of objects in the bucket. Nothing is sent yet; the SDK is loaded only by those who call this.
 * @throws AppError invalid `queue.url`
 */
export async function createSqsQueue(queueUrl: string): Promise<MessageQueue> {
  const location = parseQueueUrl(queueUrl);
  const { openQueue } = await import('./sqs-client.ts');
  return openQueue(location);
}
