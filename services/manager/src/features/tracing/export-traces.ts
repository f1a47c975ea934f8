import { messageOf } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';
import type { Logger } from '@release-manager/runtime';
import type { TraceExporter } from '@release-manager/tracing';

import { createLedgerStore, type LedgerRow } from '../ledger/index.ts';
import { releaseSpans, type TracedRelease } from './release-spans.ts';

export interface TracingDeps {
  readonly database: Database;
  readonly exporter: TraceExporter;
  readonly logger: Logger;
}

const lookEveryMs = 5_000;
const entriesAtOnce = 500;
const ends = new Set(['denied', 'cancelled', 'superseded', 'healthy', 'failed']);

interface Position {
  readonly tx: string;
  readonly id: string;
}

/**
 * Sends the trace of each release that has come to its end, from the record alone: nothing else has to know of traces. Several
 * workers may do it at once, and one that dies sends a few again: a span that is told twice is the same span.
 */
export function startTracing(deps: TracingDeps): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  let failing = false;
  const look = async (): Promise<void> => {
    try {
      while (await exportNext(deps));
      failing = false;
    } catch (error) {
      if (!failing)
        deps.logger.warn('traces could not be sent, they are kept in the record', { error: messageOf(error) });
      failing = true;
    }
  };
  const timer = setInterval(() => {
    running ??= look().finally(() => {
      running = undefined;
    });
  }, lookEveryMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
      await deps.exporter.close();
    },
  };
}

/** One portion of the record. @returns whether there may be more at once. */
export async function exportNext({ database, exporter }: TracingDeps): Promise<boolean> {
  const { db } = database;
  const from = await readPosition(db);
  const rows = await createLedgerStore(db).after(from, {}, entriesAtOnce);
  const last = rows.at(-1);
  if (last === undefined) return false;
  const releases = await endedReleases(db, rows);
  const spans = releases.flatMap((release) => releaseSpans(release));
  if (spans.length > 0) await exporter.export(spans);
  await movePosition(db, from, { tx: last.tx, id: String(last.id) });
  return rows.length === entriesAtOnce;
}

/** Where the last portion ended; the first time it is the end of the record, for nobody asked for what was before. */
async function readPosition(db: Db): Promise<Position> {
  const end = await createLedgerStore(db).end();
  await db('trace_export').insert({ single: true, tx: end.tx, entry: end.id }).onConflict('single').ignore();
  const row = await db<{ tx: string; entry: number }>('trace_export').first('tx', 'entry');
  return { tx: row?.tx ?? end.tx, id: String(row?.entry ?? end.id) };
}

/** Only from where it was: another worker may be ahead. */
async function movePosition(db: Db, from: Position, to: Position): Promise<void> {
  await db('trace_export').where({ tx: from.tx, entry: from.id }).update({ tx: to.tx, entry: to.id });
}

interface ReleaseColumns {
  readonly id: string;
  readonly service: string;
  readonly environment: string;
  readonly artifact_id: string | null;
  readonly intent: string;
  readonly automatic: boolean;
  readonly commit_sha: string | null;
  readonly watched: boolean;
}

/** Those of which the portion holds the end: where no daemon reports that is the commit. */
async function endedReleases(db: Db, rows: readonly LedgerRow[]): Promise<readonly TracedRelease[]> {
  const reached = new Map<string, string>();
  for (const { release_id: id, to_state: to } of rows) {
    if (id !== null && to !== null && (ends.has(to) || to === 'committed')) reached.set(id, to);
  }
  const failedNow = new Set(
    rows.flatMap(({ release_id: id, to_state: to }) => (to === 'failed' && id !== null ? [id] : [])),
  );
  const ids = [...reached.keys()];
  if (ids.length === 0) return [];
  const found = await db<ReleaseColumns>('releases')
    .whereIn('id', ids)
    .select('id', 'service', 'environment', 'artifact_id', 'intent', 'automatic', 'commit_sha', 'watched');
  const ended = found.filter(({ id, watched }) => reached.get(id) !== 'committed' || !watched);
  const steps = await stepsOf(
    db,
    ended.map(({ id }) => id),
  );
  return ended.map((row) => ({
    id: row.id,
    service: row.service,
    environment: row.environment,
    intent: row.intent,
    automatic: row.automatic,
    artifactId: row.artifact_id ?? undefined,
    commitSha: row.commit_sha ?? undefined,
    failureIsTold: reached.get(row.id) !== 'failed' && !failedNow.has(row.id),
    steps: steps.get(row.id) ?? [],
  }));
}

async function stepsOf(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, TracedRelease['steps']>> {
  const rows: { release_id: string; to_state: string; at: Date; cause: string }[] = await db('ledger')
    .whereIn('release_id', [...ids])
    .whereNotNull('to_state')
    .orderBy('id')
    .select('release_id', 'to_state', 'at', 'cause');
  const steps = new Map<string, TracedRelease['steps'][number][]>();
  for (const { release_id: id, to_state: to, at, cause } of rows)
    steps.set(id, [...(steps.get(id) ?? []), { to, at, cause }]);
  return steps;
}
