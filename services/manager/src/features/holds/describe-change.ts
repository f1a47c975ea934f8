import type { StateFile } from '@release-manager/config-repo';

/** Artifacts that a subject names; the file names all. */
const mostNamed = 2;

/** What changed between two states of a file, for the subject of its commit, which goes on with "by <actor>". */
export function describeChange(before: StateFile | undefined, after: StateFile): string {
  const parts = [
    ...holdChange(before?.hold, after.hold),
    ...quarantineChange('quarantined', artifacts(after), artifacts(before)),
    ...quarantineChange('released from quarantine', artifacts(before), artifacts(after)),
  ];
  return parts.length === 0 ? 'holds and quarantines written' : parts.join(', ');
}

function holdChange(before: StateFile['hold'], after: StateFile['hold']): string[] {
  if (before === undefined) return after === undefined ? [] : ['hold set'];
  if (after === undefined) return ['hold ended'];
  return JSON.stringify(before) === JSON.stringify(after) ? [] : ['hold changed'];
}

/** Those of the first list that are not in the second. */
function quarantineChange(what: string, those: readonly string[], others: readonly string[]): string[] {
  const changed = those.filter((artifact) => !others.includes(artifact));
  if (changed.length === 0) return [];
  return [`${changed.length > mostNamed ? `${changed.length} artifacts` : changed.join(' and ')} ${what}`];
}

function artifacts(state: StateFile | undefined): readonly string[] {
  return (state?.quarantines ?? []).map(({ artifact }) => artifact);
}
