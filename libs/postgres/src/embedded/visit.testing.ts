import { spawn } from 'node:child_process';
import path from 'node:path';

/** The checkout this file is in. */
export const checkout = path.resolve(import.meta.dirname, '..', '..', '..', '..');

/**
 * Starts the embedded Postgres in a process of its own, leaves a row, says how many there are, and stops or stays. Who stays
 * will be killed, and then what was committed must be on disk.
 */
const script = `
  import { openDatabase, startEmbeddedPostgres } from '@release-manager/postgres';
  try {
    const server = await startEmbeddedPostgres({ dataDir: process.env['VISIT_DATA'], fast: process.env['VISIT_STAYS'] === '0' });
    const database = openDatabase({ url: server.url, applicationName: 'visit', poolSize: 1 });
    await database.db.raw('create table if not exists visits (at timestamptz)');
    await database.db.raw('insert into visits values (now())');
    const { count } = await database.db('visits').count().first();
    const { rows } = await database.db.raw("select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as pid");
    process.stdout.write(JSON.stringify({ visits: count, server: rows[0].pid }) + '\\n');
    await database.close();
    if (process.env['VISIT_STAYS'] === '1') await new Promise((resolve) => setInterval(() => undefined, 1000));
    await server.stop();
  } catch (error) {
    process.stdout.write(JSON.stringify({ code: error.code, message: error.message, next: error.next }) + '\\n');
    process.exitCode = 1;
  }
`;

export interface VisitOptions {
  readonly dataDir: string;
  /** What stands before the command: another user, another namespace. */
  readonly prefix?: readonly string[];
  /** A folder whose programs win over the system's. */
  readonly programs?: string;
  /** Where the checkout is seen by the process. */
  readonly root?: string;
}

/** What the process said: a visit, or the error that it ended with. */
export interface Said {
  readonly visits?: number;
  readonly server?: number;
  readonly code?: string;
  readonly message?: string;
  readonly next?: string;
}

export interface Visit {
  readonly pid: number;
  /** What it said first; rejects when it ended without a word. */
  readonly said: Promise<Said>;
  readonly ended: Promise<void>;
}

export function visit(options: VisitOptions, stays = false): Visit {
  const root = options.root ?? checkout;
  const node = path.join(root, path.relative(checkout, process.execPath));
  // Only behind the prefix does the folder exist for certain.
  const inside = ['env', '-C', path.join(root, 'libs', 'postgres')];
  const command = [
    ...(options.prefix ?? []),
    ...inside,
    process.execPath.startsWith(checkout) ? node : process.execPath,
  ];
  const [program = '', ...rest] = command;
  const inherited = process.env['PATH'] ?? '';
  const child = spawn(program, [...rest, '--input-type=module', '-e', script], {
    env: {
      PATH: options.programs === undefined ? inherited : `${options.programs}:${inherited}`,
      VISIT_DATA: options.dataDir,
      VISIT_STAYS: stays ? '1' : '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = Promise.withResolvers<Said>();
  const ended = Promise.withResolvers<void>();
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
    if (output.includes('\n')) said.resolve(JSON.parse(output) as Said);
  });
  child.on('error', said.reject);
  child.on('close', (code) => {
    said.reject(new Error(`ended with ${code}: ${errors}`));
    ended.resolve();
  });
  return { pid: child.pid ?? 0, said: said.promise, ended: ended.promise };
}

/** A whole visit: started, said, stopped. */
export async function visitOnce(options: VisitOptions): Promise<Said> {
  const { said, ended } = visit(options);
  const answer = await said;
  await ended;
  return answer;
}
