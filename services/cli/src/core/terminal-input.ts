import type { ReadStream } from 'node:tty';

import { AppError } from '@release-manager/domain';

import type { TextSource } from './world.ts';

/** A secret or a confirmation is short; a pipe that never ends must not fill the memory. */
const longestInput = 1024 * 1024;

/**
 * Reads from standard input; a hidden line needs a terminal, whose echo it turns off by raw mode.
 * @param signal ends the reading: without it Ctrl-C at a question would wait for an answer
 */
export function terminalInput(stdin: ReadStream, signal: AbortSignal): TextSource {
  return {
    isTTY: (stdin.isTTY as boolean | undefined) === true,
    async readAll() {
      let text = '';
      stdin.setEncoding('utf8');
      signal.addEventListener('abort', () => stdin.destroy(), { once: true });
      for await (const chunk of stdin) {
        text += String(chunk);
        if (text.length > longestInput) throw tooLong();
      }
      if (signal.aborted) throw nothingEntered();
      return text;
    },
    readLine: (question) => readLine(stdin, signal, question),
  };
}

function readLine(
  stdin: ReadStream,
  signal: AbortSignal,
  { hidden, ask }: { hidden: boolean; ask: () => void },
): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = '';
    const finish = (end: () => void): void => {
      stdin.off('data', onData).off('end', onCancel);
      signal.removeEventListener('abort', onCancel);
      if (hidden) stdin.setRawMode(false);
      stdin.pause();
      end();
    };
    const onCancel = (): void => finish(() => reject(nothingEntered()));
    const onData = (chunk: Buffer | string): void => {
      for (const character of String(chunk)) {
        const key = classify(character);
        if (key === 'enter') return finish(() => resolve(line));
        if (key === 'cancel' || line.length > longestInput) return onCancel();
        line = key === 'erase' ? line.slice(0, -1) : line + character;
      }
    };
    if (hidden) stdin.setRawMode(true);
    stdin.setEncoding('utf8');
    stdin.on('data', onData).on('end', onCancel);
    signal.addEventListener('abort', onCancel, { once: true });
    stdin.resume();
    // Only now: what is pasted faster than the echo goes off would stand on the screen.
    ask();
  });
}

/** In raw mode the terminal hands over control keys as characters: Ctrl-C, Ctrl-D, backspace. */
function classify(character: string): 'enter' | 'cancel' | 'erase' | 'text' {
  if (character === '\r' || character === '\n') return 'enter';
  if (character === '\u0003' || character === '\u0004') return 'cancel';
  return character === '\u007F' || character === '\b' ? 'erase' : 'text';
}

function nothingEntered(): AppError {
  return new AppError('invalid', 'cli.cancelled', 'Nothing was entered.');
}

function tooLong(): AppError {
  return new AppError('invalid', 'cli.input-too-long', 'Standard input is longer than anything that was asked for.');
}
