/** A message as a test reads it. */
export interface FakeSlackMessage {
  readonly channel: string;
  readonly ts: string;
  readonly text: string;
  readonly blocks: readonly Readonly<Record<string, unknown>>[];
  readonly metadata?: { readonly event_type: string; readonly event_payload: Readonly<Record<string, unknown>> };
  /** The parent, of a reply. */
  readonly threadTs?: string;
  /** A reply that the channel shows as well. */
  readonly broadcast: boolean;
  readonly files: readonly FakeSlackFile[];
  /** How often it was edited. */
  readonly edits: number;
}

export interface FakeSlackFile {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly content: string;
}

/** The messages of one channel, oldest first. */
export class FakeChannel {
  readonly id: string;
  /** The app was invited. */
  isMember = true;
  isArchived = false;
  readonly messages: FakeSlackMessage[] = [];
  #lastMicros = 0;

  constructor(id: string) {
    this.id = id;
  }

  /** Unique within the channel and ascending, as Slack's are: seconds, and six digits that are no time. */
  add(message: Omit<FakeSlackMessage, 'channel' | 'ts' | 'edits'>, now: Date): FakeSlackMessage {
    this.#lastMicros = Math.max(this.#lastMicros + 1, now.getTime() * 1000);
    const ts = `${Math.floor(this.#lastMicros / 1e6)}.${String(this.#lastMicros % 1e6).padStart(6, '0')}`;
    const added = { ...message, channel: this.id, ts, edits: 0 };
    this.messages.push(added);
    return added;
  }

  find(ts: string): FakeSlackMessage | undefined {
    return this.messages.find((message) => message.ts === ts);
  }

  replace(ts: string, change: Partial<FakeSlackMessage>): void {
    const index = this.messages.findIndex((message) => message.ts === ts);
    const known = this.messages[index];
    if (known !== undefined) this.messages[index] = { ...known, ...change, edits: known.edits + 1 };
  }

  remove(ts: string): void {
    const index = this.messages.findIndex((message) => message.ts === ts);
    if (index !== -1) this.messages.splice(index, 1);
  }

  /** What the channel shows: parents, and replies that were broadcast. */
  get timeline(): readonly FakeSlackMessage[] {
    return this.messages.filter(({ threadTs, broadcast }) => threadTs === undefined || broadcast);
  }

  repliesOf(ts: string): readonly FakeSlackMessage[] {
    return this.messages.filter(({ threadTs }) => threadTs === ts);
  }
}
