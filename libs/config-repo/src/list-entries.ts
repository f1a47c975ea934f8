import type { z } from 'zod';

import { issueWords } from './issue-words.ts';
import type { FileProblem, ProblemScope } from './problem.ts';
import type { Path, YamlFile } from './yaml-file.ts';

export interface ListContext<Entry> {
  readonly file: string;
  readonly yaml: YamlFile;
  readonly path: Path;
  readonly schema: z.ZodType<Entry>;
  /** What an entry is, in the singular: `environment`. */
  readonly what: string;
  readonly fields: readonly string[];
  /** What an unreadable entry stops. */
  blocks(raw: unknown): ProblemScope;
}

export interface ListEntries<Entry> {
  readonly entries: readonly { readonly entry: Entry; readonly index: number }[];
  readonly problems: readonly FileProblem[];
}

/** Reads a list entry by entry, so that a broken one takes no other with it. Absent means empty. */
export function readList<Entry>(list: unknown, context: ListContext<Entry>): ListEntries<Entry> {
  if (list === undefined || list === null) return { entries: [], problems: [] };
  const problem = (message: string, path: Path, raw: unknown): FileProblem => ({
    file: context.file,
    line: context.yaml.lineOf(path),
    message,
    scope: context.blocks(raw),
  });
  if (!Array.isArray(list)) {
    return { entries: [], problems: [problem(`${context.path.join('.')} must be a list.`, context.path, undefined)] };
  }
  const entries: { entry: Entry; index: number }[] = [];
  const problems: FileProblem[] = [];
  for (const [index, raw] of (list as unknown[]).entries()) {
    const parsed = context.schema.safeParse(raw);
    if (parsed.success) {
      entries.push({ entry: parsed.data, index });
    } else {
      const { message, path } = issueWords(parsed.error, context.fields);
      const at = [...context.path, index, ...path.map((part) => (/^\d+$/.test(part) ? Number(part) : part))];
      problems.push(problem(`This ${context.what} cannot be used: ${message}.`, at, raw));
    }
  }
  return { entries, problems };
}

/** A field of a thing of unknown shape. */
export function fieldOf(raw: unknown, name: string): unknown {
  return typeof raw === 'object' && raw !== null && Object.hasOwn(raw, name)
    ? (raw as Record<string, unknown>)[name]
    : undefined;
}
