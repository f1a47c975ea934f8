import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { releaseStates } from '@release-manager/domain';
import { expect, it } from 'vitest';

import { hasSentence } from './kind-sentences.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Kinds that are put together, with all that they can become. */
const templates: Readonly<Record<string, readonly string[]>> = {
  'release.': releaseStates.map((state) => `release.${state}`),
  'artifact.': ['artifact.ready', 'artifact.rejected'],
  'artifact.source-': ['artifact.source-proven', 'artifact.source-refuted'],
};

/** Files that write to the ledger, or make entries for those that do: elsewhere `kind` names other things. */
function writers(): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.includes('testing'))
    .map((name) => readFileSync(join(root, name), 'utf8'))
    .filter((text) => /\b(?:appendLedger|appendLedgerEntries|NewLedgerEntry)\b/.test(text));
}

/** Every kind that the code names, also as a constant or one of several. */
function kindsIn(text: string): string[] {
  const literals = [...text.matchAll(/kind\w*\s*[:=][^,;{}\n]*/gi)].flatMap(([place]) =>
    [...place.matchAll(/'([a-z][a-z-]*\.[a-z][a-z-]*)'/g)].map(([, kind]) => kind ?? ''),
  );
  const built = [...text.matchAll(/kind:\s*`([a-z-]+\.[a-z-]*)\$\{[^`]*`/g)].flatMap(
    ([, start = '']) => templates[start] ?? [`${start}… (a template that this test does not know)`],
  );
  return [...literals, ...built];
}

it('every kind of ledger entry that the code writes has a sentence', () => {
  const kinds = [...new Set(writers().flatMap(kindsIn))];
  expect(kinds.length).toBeGreaterThan(35);
  // A new kind: say what it means in kind-sentences.ts, and whether it belongs into the story.
  expect(kinds.filter((kind) => !hasSentence(kind))).toEqual([]);
});
