import { AppError, type GitIdentity } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';
import { defineJob, type JobHandler, type Queue } from '@release-manager/queue';
import type { Logger } from '@release-manager/runtime';
import { z } from 'zod';

import type { Invoke, Principal } from '../../http/index.ts';
import { findPerson, type AccessInForce } from '../access/index.ts';
import { mayPass, refused, type ChatAnswer } from './chat-answer.ts';
import { ChatRequestStore } from './chat-request-store.ts';
import type { ChatRequest, ChatSource, NewChatRequest } from './chat-request.ts';
import { runCommand } from './run-command.ts';
import { unmapped } from './unmapped.ts';

const attempts = 6;

/** Does one request of a chat. Enqueued in the transaction that stores it, before the other side is told that it came. */
export const chatRequestJob = defineJob<{ id: string }>({
  name: 'chat.run',
  parse: (data) => z.object({ id: z.string() }).parse(data),
  attempts,
  timeoutSeconds: 60,
});

interface Taking {
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly now: () => Date;
}

/**
 * Takes a request in: once this has returned, nothing loses it.
 * @returns false where it came before
 */
export function takeChatRequest(
  { database, ...taking }: Taking & { readonly database: Database },
  request: NewChatRequest,
): Promise<boolean> {
  return database.transaction((tx) => takeChatRequestIn(tx, request, taking));
}

/** As `takeChatRequest`, in the caller's transaction. */
export async function takeChatRequestIn(tx: Db, request: NewChatRequest, { queue, now }: Taking): Promise<boolean> {
  const id = await new ChatRequestStore(tx).insert(request, now());
  if (id !== undefined) await queue.enqueue(tx, chatRequestJob, { id });
  return id !== undefined;
}

export interface ChatDeps {
  readonly database: Database;
  readonly invoke: Invoke;
  readonly access: () => AccessInForce;
  /** Whose address a commit gets where somebody has none in people.yaml. */
  readonly identity: GitIdentity;
  /** Brings an answer back. May be called again after it went out, when the process died in between. */
  readonly reply: Readonly<Partial<Record<ChatSource, (request: ChatRequest, answer: ChatAnswer) => Promise<void>>>>;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** The handler of `chatRequestJob`: whoever asks is found in people.yaml, and what they may do is judged where it always is. */
export function createChatWorker(deps: ChatDeps): JobHandler<{ id: string }> {
  return async ({ id }, { attempt }) => {
    const store = new ChatRequestStore(deps.database.db);
    const request = await store.find(id);
    if (request?.reply === undefined) return;
    const answer = request.answer ?? (await answerTo(deps, request, attempt));
    if (request.answer === undefined) await store.answer(id, answer, deps.now());
    await deps.reply[request.source]?.(request, answer);
    await store.replied(id);
  };
}

/** @throws what may pass by itself, for as long as it is tried again */
async function answerTo(deps: ChatDeps, request: ChatRequest, attempt: number): Promise<ChatAnswer> {
  const found = findPerson(
    deps.access(),
    request.source === 'slack' ? { slack: request.asker } : { github: request.asker },
  );
  if (found.person === undefined) return unmapped(request, found.reason);
  const { id, name, emails } = found.person;
  const principal: Principal = {
    actor: { kind: 'person', person: { id, name, email: emails[0] ?? deps.identity.email } },
  };
  try {
    const { invoke } = deps;
    return await runCommand(request.command, { invoke, principal, key: `chat-${request.id}`, again: attempt > 1 });
  } catch (error) {
    if (mayPass(error) && attempt < attempts) throw error;
    if (!(error instanceof AppError)) deps.logger.error('a request of a chat failed', { request: request.id, error });
    return refused(error);
  }
}
