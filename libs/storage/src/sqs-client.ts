import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';

import type { MessageQueue, ReceivedMessage } from './message-queue.ts';
import type { QueueLocation } from './queue-url.ts';
import { translateSqsError } from './sqs-errors.ts';

/** The longest that SQS waits for a message. */
const waitSeconds = 20;
/** Ample for writing down what a message says; after that it is delivered again, which is harmless. */
const hiddenSeconds = 30;
const mostMessages = 10;

export function openQueue(location: QueueLocation): MessageQueue {
  return new SqsQueue(location);
}

/** Credentials are the SDK's own business: variables, profile, role. */
class SqsQueue implements MessageQueue {
  readonly description: string;
  readonly #url: string;
  readonly #client: SQSClient;

  constructor({ url, endpoint, region }: QueueLocation) {
    this.description = url;
    this.#url = url;
    this.#client = new SQSClient({
      endpoint,
      useQueueUrlAsEndpoint: false,
      maxAttempts: 3,
      retryMode: 'standard',
      requestHandler: {
        connectionTimeout: 3_000,
        socketTimeout: (waitSeconds + 10) * 1_000,
        requestTimeout: (waitSeconds + 10) * 1_000,
        throwOnRequestTimeout: true,
      },
      ...(region === undefined ? {} : { region }),
    });
  }

  async receive(signal: AbortSignal): Promise<readonly ReceivedMessage[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#url,
      MaxNumberOfMessages: mostMessages,
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: hiddenSeconds,
    });
    try {
      const { Messages: messages } = await this.#client.send(command, { abortSignal: signal });
      return (messages ?? []).map(({ MessageId: id = '', Body: body = '', ReceiptHandle: receipt = '' }) => ({
        id,
        body,
        receipt,
      }));
    } catch (error) {
      if (signal.aborted) return [];
      throw translateSqsError(error, this.description, 'sqs:ReceiveMessage');
    }
  }

  /** SQS says for each message of a batch how it went. What was not removed is delivered again. */
  async remove(messages: readonly ReceivedMessage[]): Promise<void> {
    for (let start = 0; start < messages.length; start += mostMessages) {
      const entries = messages
        .slice(start, start + mostMessages)
        .map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));
      await this.#call('sqs:DeleteMessage', () =>
        this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries: entries })),
      );
    }
  }

  async waiting(): Promise<number> {
    const command = new GetQueueAttributesCommand({
      QueueUrl: this.#url,
      AttributeNames: ['ApproximateNumberOfMessages'],
    });
    const { Attributes: attributes } = await this.#call('sqs:GetQueueAttributes', () =>
      this.#client.send(command, { abortSignal: AbortSignal.timeout(5_000) }),
    );
    return Number(attributes?.ApproximateNumberOfMessages ?? 0);
  }

  async #call<T>(action: string, operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      throw translateSqsError(error, this.description, action);
    }
  }
}
