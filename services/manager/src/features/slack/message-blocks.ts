import type { SlackBlock } from '@release-manager/slack';

/** A paragraph. Slack makes no links and mentions of its own out of it. */
export function section(text: string, id: string): SlackBlock {
  return { type: 'section', block_id: id, text: { type: 'mrkdwn', text: fitting(text), verbatim: true } };
}

/** A small line. */
export function context(text: string, id: string): SlackBlock {
  return { type: 'context', block_id: id, elements: [{ type: 'mrkdwn', text: fitting(text), verbatim: true }] };
}

/** Characters of one text; of a message with a longer one Slack takes nothing. */
const mostText = 3000;
/** Links are ours alone: in text of others `<` is escaped. */
const links = /<https?:[^|>]*\|([^>]*)>/g;

/** Addresses are what is long: the words without them say what is to be said. */
function fitting(text: string): string {
  if (text.length <= mostText) return text;
  const words = text.replaceAll(links, '$1');
  if (words.length <= mostText) return words;
  // Never in the middle of an entity, a mention or a character.
  return `${words.slice(0, mostText - 1).replace(/&[a-z]*$|<[^>]*$|[\uD800-\uDBFF]$/, '')}…`;
}

/** Lines as they are. */
export function preformatted(text: string, id: string): SlackBlock {
  return {
    type: 'rich_text',
    block_id: id,
    elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }],
  };
}
