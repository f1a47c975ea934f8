import type { Db } from '@release-manager/postgres';

import type { Problem } from './problem.ts';

export interface SeenProblem extends Problem {
  readonly seq: number;
  readonly times: number;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

interface ProblemRow {
  seq: number;
  code: string;
  subject: string;
  message: string;
  next: string | null;
  times: number;
  first_seen_at: Date;
  last_seen_at: Date;
}

/** Whoever may write into the bucket or the queue can cause problems without end: this many are kept, the last seen. */
const mostKept = 1_000;
const longestSubject = 300;
const longestMessage = 1_000;

/** The table `incoming_problems`. */
export class ProblemStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Writes it down, or counts one that is known. @returns whether it was seen for the first time */
  async record({ code, subject, message, next }: Problem, at: Date): Promise<boolean> {
    const [row] = await this.#db<ProblemRow>('incoming_problems')
      .insert({
        code,
        subject: shown(subject, longestSubject),
        message: shown(message, longestMessage),
        next: next === undefined ? null : shown(next, longestMessage),
        first_seen_at: at,
        last_seen_at: at,
      })
      .onConflict(['code', 'subject'])
      .merge({
        times: this.#db.raw('incoming_problems.times + 1'),
        message: this.#db.raw('excluded.message'),
        next: this.#db.raw('excluded.next'),
        last_seen_at: at,
      } as never)
      .returning('times');
    await this.#dropOldest();
    return row?.times === 1;
  }

  /** The last that were seen for the first time first, before the position `before`. */
  async list(limit: number, before?: number): Promise<readonly SeenProblem[]> {
    const query = this.#db<ProblemRow>('incoming_problems').orderBy('seq', 'desc').limit(limit);
    if (before !== undefined) void query.where('seq', '<', before);
    return (await query).map(toProblem);
  }

  /** The one that was seen last, and how many there are, of those seen since. */
  async summarize(since: Date): Promise<{ readonly count: number; readonly last?: SeenProblem }> {
    const recent = this.#db<ProblemRow>('incoming_problems').where('last_seen_at', '>=', since);
    const [counted] = await recent.clone().count<{ count: number | string }[]>('* as count');
    const last = await recent.clone().orderBy('last_seen_at', 'desc').first();
    return { count: Number(counted?.count ?? 0), ...(last === undefined ? {} : { last: toProblem(last) }) };
  }

  async forgetBefore(time: Date): Promise<number> {
    return this.#db('incoming_problems').where('last_seen_at', '<', time).delete();
  }

  async #dropOldest(): Promise<void> {
    const beyond = this.#db('incoming_problems')
      .orderBy([
        { column: 'last_seen_at', order: 'desc' },
        { column: 'seq', order: 'desc' },
      ])
      .offset(mostKept)
      .select('seq');
    // Two who do this at once must not wait for each other crosswise.
    const free = this.#db('incoming_problems').whereIn('seq', beyond).forUpdate().skipLocked().select('seq');
    await this.#db('incoming_problems').whereIn('seq', free).delete();
  }
}

/** As it can be stored and shown: controls, format characters and the like are spelled out, and long text is cut. */
function shown(text: string, longest: number): string {
  return text
    .slice(0, longest)
    .toWellFormed()
    .replaceAll(/\p{C}/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .slice(0, longest);
}

function toProblem(row: ProblemRow): SeenProblem {
  return {
    seq: row.seq,
    code: row.code,
    subject: row.subject,
    message: row.message,
    times: row.times,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    ...(row.next === null ? {} : { next: row.next }),
  };
}
