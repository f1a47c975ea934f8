import { stripVTControlCharacters } from 'node:util';

import type { CommandAnswer } from './command-store.ts';

/** Characters of one line, and of all lines of one answer. */
const limits = { line: 4_000, all: 400_000, words: 2_000 } as const;

/**
 * What is kept of the answer to a command. Daemons mask, clean and cut what they send; it is cleaned and cut again here, since
 * a cluster that was taken over may send anything that the wire allows: more lines than were asked for, or text that would
 * speak to the terminal of whoever reads it.
 * @param lines as many as were asked for; 0 for a command that has none
 */
export function boundedAnswer(answer: CommandAnswer, lines: number): CommandAnswer {
  const { outcome, message } = answer;
  const words = message === undefined ? {} : { message: clean(message).slice(0, limits.words).toWellFormed() };
  if (lines === 0 || answer.lines === undefined) return { outcome, ...words };
  const kept: string[] = [];
  let left: number = limits.all;
  let isCut = answer.cut === true || answer.lines.length > lines;
  for (const line of answer.lines.slice(-lines).toReversed()) {
    const printed = clean(line);
    const shown = printed.slice(0, limits.line).toWellFormed();
    left -= shown.length;
    if (left < 0) {
      isCut = true;
      break;
    }
    isCut ||= shown.length < printed.length;
    kept.unshift(shown);
  }
  return { outcome, ...words, lines: kept, cut: isCut };
}

function clean(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, (character) =>
    character === '\t' ? '    ' : '',
  );
}
