import type { SlackBlock } from '@release-manager/slack';

/** A paragraph. Slack makes no links and mentions of its own out of it. */
export function section(text: string, id: string): SlackBlock {
  return { type: 'section', block_id: id, text: { type: 'mrkdwn', text, verbatim: true } };
}

/** A small line. */
export function context(text: string, id: string): SlackBlock {
  return { type: 'context', block_id: id, elements: [{ type: 'mrkdwn', text, verbatim: true }] };
}

/** Lines as they are. */
export function preformatted(text: string, id: string): SlackBlock {
  return {
    type: 'rich_text',
    block_id: id,
    elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }],
  };
}
