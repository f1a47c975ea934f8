import type { ChatAnswer } from '../chat/index.ts';

/** Slack takes 40,000 characters, and people read a screen. */
const longest = 3000;
const mark = { true: ':white_check_mark:', false: ':warning:' } as const;

/** An answer as Slack's text: nothing in it mentions anybody, links anywhere or ends the block of a log. */
export function answerText({ ok, says, next, log }: ChatAnswer): string {
  // Cut before it is escaped: half an entity would be shown as it is.
  const lines = [cut(says, longest), ...(next === undefined ? [] : [cut(next, longest)])];
  const words = `${mark[`${ok}`]} ${escape(lines.join('\n'))}`;
  if (log === undefined) return words;
  // The end of a log says why; a zero-width space keeps it from closing the block.
  return `${words}\n\`\`\`\n${escape(log.slice(-longest)).replaceAll('```', '`\u200B``')}\n\`\`\``;
}

/** Slack's own three characters (docs.slack.dev, "Formatting message text"). */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
