import type { HistoryItem, LedgerEntry, ReleaseView } from '@release-manager/contract';

import { sentenceOf } from './kind-sentences.ts';
import { releaseSentence, rulesOf } from './release-sentence.ts';

export interface ItemInput {
  /** Its place. */
  readonly id: string;
  /** The entry that it begins with. */
  readonly first: LedgerEntry;
  /** Where the entry begins the story of a release: the release as it is now, and all that was written of it, in order. */
  readonly release?: { readonly view: ReleaseView; readonly entries: readonly LedgerEntry[] } | undefined;
}

/** One event of the story. */
export function historyItem({ id, first, release }: ItemInput): HistoryItem {
  const { at, kind, service, environment, actor, details } = first;
  const entries = release === undefined || release.entries.length === 0 ? [first] : release.entries;
  const common = {
    id,
    at,
    kind,
    ...(service === undefined ? {} : { service }),
    ...(environment === undefined ? {} : { environment }),
    entries: entries.map((entry) => ({ ...entry, says: sentenceOf(entry) })),
  };
  if (release === undefined) {
    const { reason } = details;
    const why = typeof reason === 'string' ? { why: reason } : {};
    return { ...common, who: actor, says: sentenceOf(first), rules: [], ...why };
  }
  const { view } = release;
  const last = entries.at(-1) ?? first;
  return {
    ...common,
    who: view.actor,
    says: releaseSentence(view),
    rules: rulesOf(view),
    ended: { state: view.state, at: last.at, says: view.says },
    release: view,
    ...(view.reason === undefined ? {} : { why: view.reason }),
    ...(view.replaced === undefined ? {} : { replaced: view.replaced }),
  };
}
