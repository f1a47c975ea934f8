import type { ReadStream } from 'node:tty';

import { AppError } from '@release-manager/domain';

import type { TextSource } from './world.ts';

/** A secret or a confirmation is short; a pipe that never ends must not fill the memory. */
const longestInput = 1024 * 1024;

/** Reads from standard input; a hidden line needs a terminal, whose echo it turns off by raw mode. */
export function terminalInput(stdin: ReadStream): TextSource {
  return {
    isTTY: (stdin.isTTY as boolean | undefined) === true,
    async readAll() {
      let text = '';
      stdin.setEncoding('utf8');
      for await (const chunk of stdin) {
        text += String(chunk);
        if (text.length > longestInput)
          throw new AppError(
            'invalid',
            'cli.input-too-long',
            'Standard input is longer than anything that was asked for.',
          );
      }
      return text;
    },
    readLine: ({ hidden }) => readLine(stdin, hidden),
  };
}

function readLine(stdin: ReadStream, hidden: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = '';
    if (hidden) stdin.setRawMode(true);
    stdin.setEncoding('utf8');
    const finish = (end: () => void): void => {
      stdin.off('data', onData);
      if (hidden) stdin.setRawMode(false);
      stdin.pause();
      end();
    };
    const onData = (chunk: Buffer | string): void => {
      for (const character of String(chunk)) {
        const key = classify(character);
        if (key === 'enter') return finish(() => resolve(line));
        if (key === 'cancel')
          return finish(() => reject(new AppError('invalid', 'cli.cancelled', 'Nothing was entered.')));
        line = key === 'erase' ? line.slice(0, -1) : line + character;
      }
    };
    stdin.on('data', onData);
    stdin.resume();
  });
}

/** In raw mode the terminal hands over control keys as characters: Ctrl-C, Ctrl-D, backspace. */
function classify(character: string): 'enter' | 'cancel' | 'erase' | 'text' {
  if (character === '\r' || character === '\n') return 'enter';
  if (character === '\u0003' || character === '\u0004') return 'cancel';
  return character === '\u007F' || character === '\b' ? 'erase' : 'text';
}
