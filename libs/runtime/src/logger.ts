import { Writable } from 'node:stream';
import { types } from 'node:util';

import winston from 'winston';

import type { Context } from './context.ts';
import type { Redactor } from './redactor.ts';

/** From the rarest to the most frequent. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;

export type LogLevel = (typeof logLevels)[number];

/** The message is constant, so that lines can be counted and searched; what varies goes into the fields. Never throws. */
export interface Logger {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly redactor: Redactor;
  readonly context: Context;
  /** Takes one finished line with its newline; stdout unless said otherwise. */
  readonly write?: (line: string) => void;
}

/** JSON lines with time, level, message, the ids of the context and the fields, all of it redacted. */
export function createLogger(options: LoggerOptions): Logger {
  const { level, redactor, context, write = standardOutput() } = options;
  const target = winston.createLogger({
    level,
    levels: Object.fromEntries(logLevels.map((name, rank) => [name, rank])),
    format: winston.format.printf((entry) => String(entry.message)),
    transports: [new winston.transports.Stream({ stream: lineStream(write), eol: '\n' })],
  });
  const at =
    (name: LogLevel) =>
    (message: string, fields: object = {}): void => {
      if (!target.isLevelEnabled(name)) return;
      const head = { time: new Date().toISOString(), level: name, message: redactor.redact(message) };
      target.log(name, lineOf(head, { ...plain(context.current()), ...plain(fields) }));
    };
  const plain = (fields: object): Record<string, unknown> => {
    const shown = redactor.redact(types.isNativeError(fields) ? { error: fields } : fields);
    return typeof shown === 'object' ? { ...shown } : { fields: shown };
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** For tests that do not look at the log. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/**
 * Whoever reads our log may be gone before us. Node tells of that later, as an event that ends the process where nobody
 * listens; and to log it would be the next line that cannot be written.
 */
function standardOutput(): (line: string) => void {
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(loseLine)) stream.on('error', loseLine);
  }
  return (line) => process.stdout.write(line);
}

function loseLine(): void {
  // The line is lost.
}

/** Nobody can be told of a line that could not be written, and the work must not fail of it. */
function lineStream(write: (line: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      try {
        write(String(chunk));
      } catch {
        // The line is lost.
      }
      done();
    },
  });
}

/** A field named like one of the head keeps its value under another name: neither may replace the other. */
function lineOf(head: Record<string, unknown>, fields: Record<string, unknown>): string {
  const named = Object.entries(fields).map(([key, value]) => [key in head ? `field_${key}` : key, value]);
  return JSON.stringify({ ...head, ...Object.fromEntries(named) });
}
