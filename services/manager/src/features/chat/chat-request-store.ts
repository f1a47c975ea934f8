import { newId } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import type { ChatAnswer } from './chat-answer.ts';
import { ChatCommand } from './chat-command.ts';
import type { ChatRequest, ChatSource, NewChatRequest, ReplyTo } from './chat-request.ts';

interface Row {
  readonly id: string;
  readonly source: ChatSource;
  readonly asker: string;
  readonly mark: string;
  readonly command: unknown;
  readonly reply: ReplyTo | null;
  readonly answer: ChatAnswer | null;
  readonly asked_at: Date;
}

const keptDays = 7;

/** `chat_requests`: what was asked for in a chat, from before it is acknowledged. */
export class ChatRequestStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** @returns its id; nothing where it came before */
  async insert({ command, reply, ...rest }: NewChatRequest, at: Date): Promise<string | undefined> {
    const row = { id: newId('req', at), ...rest, command: jsonb(command), reply: jsonb(reply), asked_at: at };
    const rows = await this.#db('chat_requests').insert(row).onConflict(['source', 'mark']).ignore().returning('id');
    return (rows as { id: string }[])[0]?.id;
  }

  async find(id: string): Promise<ChatRequest | undefined> {
    const row = await this.#db<Row>('chat_requests').where({ id }).first();
    if (row === undefined) return undefined;
    const { command, reply, answer, asked_at: askedAt, source, mark, asker } = row;
    return {
      id,
      source,
      mark,
      asker,
      askedAt,
      command: ChatCommand.parse(command),
      reply: reply ?? undefined,
      answer: answer ?? undefined,
    };
  }

  async answer(id: string, answer: ChatAnswer, at: Date): Promise<void> {
    await this.#db('chat_requests')
      .where({ id })
      .update({ answer: jsonb(answer), answered_at: at });
  }

  /** The answer is where it was to go; the address it went to may hold a secret. */
  async replied(id: string): Promise<void> {
    await this.#db('chat_requests').where({ id }).update({ reply: null });
  }

  async sweep(now: Date): Promise<void> {
    const before = new Date(now.getTime() - keptDays * 24 * 3_600_000);
    await this.#db('chat_requests').where('asked_at', '<', before).delete();
  }
}
