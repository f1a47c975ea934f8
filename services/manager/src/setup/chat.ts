import type { AccessInForce } from '../features/access/index.ts';
import { chatRequestJob, ChatRequestStore, createChatWorker } from '../features/chat/index.ts';
import { createCommandReply } from '../features/pull-requests/index.ts';
import { createResponder } from '../features/slack-actions/index.ts';
import type { Invoke } from '../http/index.ts';
import type { Foundation } from './foundation.ts';

const sweepEveryMs = 3_600_000;

/** Does what people ask for in Slack, and tells them how it went. */
export async function startChat(
  foundation: Foundation,
  { invoke, access }: { readonly invoke: Invoke; readonly access: () => AccessInForce },
): Promise<void> {
  const { config, database, queue, identity, logger, lifecycle, now } = foundation;
  if (config.ROLE === 'api') return;
  const reply = { slack: createResponder(fetch), github: createCommandReply(foundation) };
  const worker = createChatWorker({ database, invoke, access, identity, reply, logger, now });
  await queue.work(chatRequestJob, worker, { concurrency: 4 });
  const sweep = setInterval(() => {
    new ChatRequestStore(database.db)
      .sweep(now())
      .catch((error: unknown) => logger.warn('sweep of requests of chats failed', { error }));
  }, sweepEveryMs);
  lifecycle.onStop('chat sweep', () => clearInterval(sweep));
}
