import { Ajv, type ValidateFunction } from 'ajv';

import { slackLimits as limits } from './slack-limits.ts';

type Schema = Readonly<Record<string, unknown>>;

const text = (maxLength: number): Schema => ({ type: 'string', minLength: 1, maxLength });

function object(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = Object.keys(properties),
): Schema {
  return { type: 'object', properties, required, additionalProperties: false };
}

const plain = (most: number): Schema =>
  object({ type: { const: 'plain_text' }, text: text(most), emoji: { type: 'boolean' } }, ['type', 'text']);
const mrkdwn = (most: number): Schema =>
  object({ type: { const: 'mrkdwn' }, text: text(most), verbatim: { type: 'boolean' } }, ['type', 'text']);
const either = (most: number): Schema => ({ oneOf: [plain(most), mrkdwn(most)] });
const blockId = text(limits.blockId);

const button = object(
  {
    type: { const: 'button' },
    text: plain(limits.buttonText),
    action_id: text(limits.actionId),
    value: text(limits.buttonValue),
    url: { ...text(limits.buttonUrl), pattern: '^https?://' },
    style: { enum: ['primary', 'danger'] },
    accessibility_label: text(limits.buttonText),
    confirm: object(
      {
        title: plain(limits.confirmTitle),
        text: either(limits.confirmText),
        confirm: plain(limits.confirmLabel),
        deny: plain(limits.confirmLabel),
        style: { enum: ['primary', 'danger'] },
      },
      ['text'],
    ),
  },
  ['type', 'text', 'action_id'],
);

/** The blocks of messages that the fake knows, each with Slack's limits. */
const blocks: readonly (readonly [string, Schema])[] = [
  [
    'header',
    object({ type: { const: 'header' }, text: plain(limits.headerText), block_id: blockId }, ['type', 'text']),
  ],
  [
    'section',
    object({ type: { const: 'section' }, text: either(limits.sectionText), block_id: blockId, accessory: button }, [
      'type',
      'text',
    ]),
  ],
  [
    'context',
    object(
      {
        type: { const: 'context' },
        elements: { type: 'array', minItems: 1, maxItems: limits.contextElements, items: either(limits.sectionText) },
        block_id: blockId,
      },
      ['type', 'elements'],
    ),
  ],
  [
    'actions',
    object(
      {
        type: { const: 'actions' },
        elements: { type: 'array', minItems: 1, maxItems: limits.actionsElements, items: button },
        block_id: blockId,
      },
      ['type', 'elements'],
    ),
  ],
  ['divider', object({ type: { const: 'divider' }, block_id: blockId }, ['type'])],
  [
    'rich_text',
    object(
      {
        type: { const: 'rich_text' },
        block_id: blockId,
        elements: {
          type: 'array',
          minItems: 1,
          items: object(
            {
              type: { const: 'rich_text_preformatted' },
              elements: { type: 'array', minItems: 1, items: object({ type: { const: 'text' }, text: text(12_000) }) },
              border: { enum: [0, 1] },
            },
            ['type', 'elements'],
          ),
        },
      },
      ['type', 'elements'],
    ),
  ],
];

const ajv = new Ajv({ strict: false, allErrors: true });
const validators = new Map<string, ValidateFunction>(blocks.map(([type, schema]) => [type, ajv.compile(schema)]));
const isMetadata = ajv.compile(
  object({ event_type: { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,250}$' }, event_payload: { type: 'object' } }),
);

/** Slack's code for what is wrong, with the place. */
export interface MessageFault {
  readonly error: string;
  readonly detail: string;
}

export interface MessageArguments {
  readonly text?: unknown;
  readonly blocks?: unknown;
  readonly metadata?: unknown;
}

/** What Slack would have against a message; nothing when it takes it. */
export function faultsOfMessage({
  text: fallback,
  blocks: given,
  metadata,
}: MessageArguments): readonly MessageFault[] {
  return [...faultsOfText(fallback, given), ...faultsOfBlocks(given), ...faultsOfMetadata(metadata)];
}

function faultsOfText(fallback: unknown, given: unknown): readonly MessageFault[] {
  if (typeof fallback === 'string' && fallback.length > limits.messageText) {
    return [{ error: 'msg_too_long', detail: `text has ${fallback.length} characters` }];
  }
  const isEmpty = fallback === undefined || fallback === '';
  if (isEmpty && given === undefined) return [{ error: 'no_text', detail: 'neither text nor blocks' }];
  return isEmpty ? [{ error: 'no_text', detail: 'blocks without a text for notifications' }] : [];
}

function faultsOfBlocks(given: unknown): readonly MessageFault[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) return [{ error: 'invalid_blocks_format', detail: 'blocks is no list' }];
  const list = given as readonly Readonly<Record<string, unknown>>[];
  const faults = list.flatMap((block, index) => faultsOfBlock(block, index));
  if (list.length > limits.blocks) faults.push({ error: 'invalid_blocks', detail: `${list.length} blocks` });
  const size = JSON.stringify(list).length;
  if (size > limits.allBlocks) faults.push({ error: 'msg_blocks_too_long', detail: `${size} characters of blocks` });
  const ids = list.map((block) => block['block_id']).filter((id) => id !== undefined);
  if (new Set(ids).size < ids.length) faults.push({ error: 'invalid_blocks', detail: 'a block_id is given twice' });
  return faults;
}

function faultsOfBlock(block: Readonly<Record<string, unknown>>, index: number): MessageFault[] {
  const type = String(block['type']);
  const validate = validators.get(type);
  if (validate === undefined) return [{ error: 'invalid_blocks', detail: `blocks/${index} is a ${type}` }];
  const fits = validate(block);
  const faults = (validate.errors ?? []).map(
    ({ instancePath, message }) => `${type} /${index}${instancePath} ${message ?? ''}`,
  );
  if (type === 'actions' && fits) {
    const ids = (block['elements'] as readonly { action_id: string }[]).map((each) => each.action_id);
    if (new Set(ids).size < ids.length) faults.push(`actions /${index} has an action_id twice`);
  }
  return faults.map((detail) => ({ error: 'invalid_blocks', detail }));
}

function faultsOfMetadata(metadata: unknown): readonly MessageFault[] {
  if (metadata === undefined) return [];
  if (!isMetadata(metadata)) return [{ error: 'invalid_metadata_format', detail: 'metadata has another shape' }];
  const size = JSON.stringify(metadata).length;
  return size > limits.metadata ? [{ error: 'metadata_too_large', detail: `${size} characters of metadata` }] : [];
}
