import { AppError, messageOf } from '@release-manager/domain';

/** Errors of the network below the protocol, as Node names them. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);

/**
 * SQLSTATEs of a server that cannot serve us now: shutting down (57P01, 57P02), starting (57P03), full (53300).
 * Class 08 are connection exceptions. https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const serverCodes = new Set(['57P01', '57P02', '57P03', '53300']);
/** The server answers and does not let us in: wrong user or password (28…), no such database (3D000). */
const refusalCodes = new Set(['28000', '28P01', '3D000']);

/**
 * The server answers and takes no writes: a standby, or somebody set default_transaction_read_only (25006); its disk is full
 * (53100).
 */
const unwritableCodes = new Set(['25006', '53100']);

/** Transactions that stood in each other's way, and this one was given up: a deadlock, a serialization failure. */
const conflictCodes = new Set(['40P01', '40001']);

/** What pg and knex say without a code when the connection is gone or none can be had in time. */
const connectionMessages =
  /Connection terminated|connection error and is not queryable|timeout expired|Connection ended|Client was closed/i;
const poolMessages = /Timeout acquiring a connection|Unable to acquire a connection|^aborted$/;

/**
 * What went wrong with the connection becomes an AppError `unavailable` (so a job tries again and a request answers 503);
 * everything else, a broken constraint for example, stays as it is for whoever expects it.
 * @param place host, port and name of the database, never its password
 */
export function translateError(error: unknown, place: string): unknown {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  const message = messageOf(error);
  if (code !== undefined && refusalCodes.has(code)) {
    return new AppError('unavailable', 'database.refused', `The database ${place} does not let us in: ${message}.`, {
      next: 'Check user, password and database name in DATABASE_URL.',
      cause: error,
    });
  }
  if (code !== undefined && unwritableCodes.has(code)) {
    return new AppError('unavailable', 'database.read-only', `The database ${place} takes no writes: ${message}.`, {
      next: 'Check that it is the primary, that default_transaction_read_only is off, and that its disk is not full.',
      cause: error,
    });
  }
  if (code !== undefined && conflictCodes.has(code)) {
    return new AppError('unavailable', 'database.conflict', "Two changes stood in each other's way in the database.", {
      next: 'Try again: nothing was changed.',
      cause: error,
    });
  }
  if (poolMessages.test(message)) {
    return new AppError(
      'unavailable',
      'database.unavailable',
      `No connection to the database ${place} was free in time.`,
      {
        next: 'Try again; if it persists, look for long transactions in pg_stat_activity.',
        cause: error,
      },
    );
  }
  if (isConnectionCode(code) || connectionMessages.test(message)) {
    return new AppError(
      'unavailable',
      'database.unavailable',
      `The database ${place} cannot be reached: ${message === '' ? String(code) : message}.`,
      { next: 'Check that Postgres runs there and accepts connections; DATABASE_URL names it.', cause: error },
    );
  }
  return error;
}

function isConnectionCode(code: string | undefined): boolean {
  return code !== undefined && (networkCodes.has(code) || serverCodes.has(code) || code.startsWith('08'));
}

/** `code` of an error; of the first inner one where Node tried several addresses of one host. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : undefined;
}

/**
 * The place a database URL names, without user and password, for messages.
 * @throws AppError invalid `database.url`; the URL itself is not part of the message, since it may hold a password
 */
export function placeOf(url: string): string {
  if (!URL.canParse(url) || !/^postgres(?:ql)?:$/.test(new URL(url).protocol)) {
    throw new AppError('invalid', 'database.url', 'The database URL cannot be read.', {
      next: 'Write DATABASE_URL as postgres://user:password@host:5432/name, with special characters percent-encoded.',
    });
  }
  const parsed = new URL(url);
  const socket = parsed.searchParams.get('host');
  return `${socket ?? parsed.host}${parsed.pathname}`;
}
