import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

import { terminalInput } from './core/terminal-input.ts';
import type { TextSink } from './core/world.ts';
import { runCli } from './run-cli.ts';

const interrupt = new AbortController();
// The first Ctrl-C lets the command say how to come back; the second one ends at once.
process.on('SIGINT', () => {
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
});
process.on('SIGTERM', () => interrupt.abort());
// `release-cli … | head` closes the pipe: nobody reads on, which is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

function sink(stream: NodeJS.WriteStream): TextSink {
  return {
    write: (text) => void stream.write(text),
    // Node leaves it undefined where the stream is a file or a pipe.
    isTTY: (stream.isTTY as boolean | undefined) === true,
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
  };
}

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdout: sink(process.stdout),
  stderr: sink(process.stderr),
  get stdin() {
    return terminalInput(process.stdin, interrupt.signal);
  },
  fetch,
  signal: interrupt.signal,
  now: () => new Date(),
  async sleep(milliseconds, signal) {
    try {
      await wait(milliseconds, undefined, signal === undefined ? {} : { signal });
    } catch {
      // Woken by the signal: whoever sleeps looks at it next.
    }
  },
  runAgain(argv) {
    const [, program = ''] = process.argv;
    const child = spawn(process.execPath, [program, ...argv], { detached: true, stdio: 'ignore' });
    child.on('error', () => undefined).unref();
  },
});
