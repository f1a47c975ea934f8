import { neutraliseMarkdown } from '@release-manager/github';

import type { ChatAnswer } from '../chat/index.ts';

/** What became of a command that somebody wrote into a comment. */
export interface CommandAnswer {
  readonly login: string;
  /** The command as it was written, one line. */
  readonly asked: string;
  /** Markdown of ours: what of it comes from others is neutralised already. Absent while it is carried out. */
  readonly answer: string | undefined;
  readonly succeeded: boolean | undefined;
}

/** Characters of one answer as Markdown: the last five stand in one comment, beside the table. */
const longestAnswer = 3000;

/** An answer as Markdown, its last lines left out where it is long. Its lines become sentences: it stands in a list, and text of others may be in any of them. */
export function answerText({ says, next }: ChatAnswer): string {
  const lines = says.split('\n').map((line) => line.trim());
  const words = lines
    .filter((line) => line !== '')
    .slice(0, 20)
    .map((line) => neutraliseMarkdown(line, 500));
  const way = next === undefined ? [] : [`What to do: ${neutraliseMarkdown(next, 500)}`];
  let room = longestAnswer - way.join('').length;
  const shown = words.filter((line) => (room -= line.length) >= 0);
  return [...shown, ...(shown.length < words.length ? ['…'] : []), ...way].join('<br>');
}

/** The last commands and their answers, newest first. */
export function commandSection(commands: readonly CommandAnswer[]): readonly string[] {
  if (commands.length === 0) return [];
  const lines = commands.map(({ login, asked, answer, succeeded }) => {
    const sign = answer === undefined ? '…' : succeeded === true ? '✓' : '✗';
    const words = answer ?? 'is being carried out';
    return `- ${sign} ${neutraliseMarkdown(asked, 200)} (${neutraliseMarkdown(login, 60)}): ${words}`;
  });
  return ['**Last commands**', lines.join('\n')];
}
