import { stripVTControlCharacters } from 'node:util';

import type { Redactor } from '@release-manager/runtime';

import { cut } from '../objects/index.ts';

export interface LogLimits {
  /** The last lines are kept. */
  readonly lines: number;
  /** Characters of one line. */
  readonly line: number;
  /** Characters of all lines. */
  readonly all: number;
}

export interface LogText {
  readonly lines: string[];
  /** True when lines before the first one were left out, or a line was cut. */
  readonly cut: boolean;
}

const keyBegin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const keyEnd = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const mask = '[redacted]';

/**
 * What a container printed, as it may leave the cluster: without colours and other control characters, with secrets masked,
 * and only its end. Masked before it is cut, since half a secret is one that no pattern knows.
 */
export function logText(text: string, redactor: Redactor, limits: LogLimits): LogText {
  const printed = stripVTControlCharacters(text)
    .split(/\r\n|\n|\r/)
    .map((line) => line.replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) => (character === '\t' ? '    ' : '')));
  if (printed.at(-1) === '') printed.pop();
  const safe = withoutKeys(printed).map((line) => redactor.redact(line));
  const lines: string[] = [];
  let isCut = false;
  let left = limits.all;
  for (const line of safe.toReversed()) {
    const shown = cut(line, limits.line);
    left -= shown.length;
    if (lines.length >= limits.lines || left < 0) {
      isCut = true;
      break;
    }
    isCut ||= shown.length < line.length;
    lines.unshift(shown);
  }
  return { lines, cut: isCut };
}

/** A private key has many lines; the beginning of one may be above the first line that is there. */
function withoutKeys(lines: readonly string[]): string[] {
  const firstEnd = lines.findIndex((line) => keyEnd.test(line));
  const firstBegin = lines.findIndex((line) => keyBegin.test(line));
  let inside = firstEnd !== -1 && (firstBegin === -1 || firstBegin > firstEnd);
  return lines.map((line) => {
    const begins = keyBegin.test(line);
    const ends = keyEnd.test(line);
    const hidden = inside || begins;
    inside = (inside || begins) && !ends;
    return hidden ? mask : line;
  });
}
