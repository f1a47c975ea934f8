import type { ChatPostMessageArguments } from '@slack/web-api';

import type { SlackBlock } from './blocks.ts';
import type { SlackMetadata } from './slack.ts';

type SdkBlocks = NonNullable<Extract<ChatPostMessageArguments, { blocks: unknown }>['blocks']>;

/** A copy that may be written to, as the SDK's types want it: that it compiles is the check of our blocks against Slack's types. */
export function toSdkBlocks(blocks: readonly SlackBlock[]): SdkBlocks {
  return structuredClone(blocks) as Mutable<SlackBlock>[];
}

type Mutable<T> = T extends readonly (infer Item)[]
  ? { -readonly [Key in keyof T]: Mutable<T[Key]> } & Item[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;

export function toSdkMetadata({ eventType, payload }: SlackMetadata): {
  event_type: string;
  event_payload: Record<string, string>;
} {
  return { event_type: eventType, event_payload: { ...payload } };
}
