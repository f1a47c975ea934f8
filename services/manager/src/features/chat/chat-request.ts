import type { ChatAnswer } from './chat-answer.ts';
import type { ChatCommand } from './chat-command.ts';

/** Where somebody is known by the name they ask under. */
export type ChatSource = 'slack' | 'github';

/** Where the answer goes, in the words of the source. */
export type ReplyTo = Readonly<Record<string, string>>;

export interface NewChatRequest {
  readonly source: ChatSource;
  /** What the source sends only once of a click or a comment. */
  readonly mark: string;
  /** Slack id or GitHub login, as the signed request says it. */
  readonly asker: string;
  readonly command: ChatCommand;
  readonly reply: ReplyTo;
}

export interface ChatRequest extends Omit<NewChatRequest, 'reply'> {
  readonly id: string;
  /** Absent once the answer is there. */
  readonly reply: ReplyTo | undefined;
  /** Set when it was done, or refused. */
  readonly answer: ChatAnswer | undefined;
  readonly askedAt: Date;
}
