import { AppError } from '@release-manager/domain';

import { toRawName, type RawName } from './tree-object.ts';
import { pathSegments } from './tree-path.ts';
import type { TreeEdit } from './types.ts';

/** What becomes of one name in a folder. */
export type PlannedEntry = PlannedFile | PlannedFolder | { readonly kind: 'gone' };

export interface PlannedFile {
  readonly kind: 'file';
  readonly content: Uint8Array;
  /** Whether it may take the place of a folder, which the same commit removed. */
  readonly replace: boolean;
}

export interface PlannedFolder {
  readonly kind: 'folder';
  /** Whether what was there before is dropped. */
  readonly replace: boolean;
  readonly entries: Map<RawName, PlannedEntry>;
}

/**
 * All edits of one commit as one tree of folders, so that each folder on the way is rewritten once, however many edits pass
 * through it. A later edit wins over an earlier one.
 * @throws AppError invalid `git.bad-path`; also for an edit of the root, and for a file below a file of the same commit.
 */
export function planEdits(edits: readonly TreeEdit[]): PlannedFolder {
  const root = folder(false);
  for (const edit of edits) {
    const segments = pathSegments(edit.path).map((segment) => toRawName(segment));
    const name = segments.pop();
    if (name === undefined) throw clash('', 'the root of the repository cannot be replaced or removed');
    const parent = descend(root, segments, edit.path);
    switch (edit.kind) {
      case 'put':
        parent.entries.set(name, file(parent, name, edit));
        break;
      case 'remove':
        parent.entries.set(name, { kind: 'gone' });
        break;
      case 'replace-folder':
        parent.entries.set(name, replacement(edit.path, edit.files));
        break;
    }
  }
  return root;
}

function replacement(path: string, files: readonly { path: string; content: Uint8Array }[]): PlannedFolder {
  const planned = folder(true);
  for (const file of files) {
    const full = `${path}/${file.path}`;
    const segments = pathSegments(full)
      .slice(path.split('/').length)
      .map((segment) => toRawName(segment));
    const name = segments.pop() ?? '';
    const parent = descend(planned, segments, full);
    if (parent.entries.has(name)) throw clash(full, 'it is given twice');
    parent.entries.set(name, { kind: 'file', content: file.content, replace: true });
  }
  return planned;
}

function file(parent: PlannedFolder, name: RawName, edit: { path: string; content: Uint8Array }): PlannedFile {
  const planned = parent.entries.get(name);
  if (planned?.kind === 'folder') throw clash(edit.path, 'the same change puts files below it');
  return { kind: 'file', content: edit.content, replace: planned?.kind === 'gone' };
}

function descend(from: PlannedFolder, segments: readonly RawName[], path: string): PlannedFolder {
  let current = from;
  for (const segment of segments) {
    const entry = current.entries.get(segment);
    if (entry?.kind === 'file') throw clash(path, 'the same change puts a file where a folder of this path would be');
    if (entry?.kind === 'folder') {
      current = entry;
    } else {
      // Below something removed in this commit, a folder begins empty.
      const next = folder(entry?.kind === 'gone' || current.replace);
      current.entries.set(segment, next);
      current = next;
    }
  }
  return current;
}

function folder(replace: boolean): PlannedFolder {
  return { kind: 'folder', replace, entries: new Map() };
}

function clash(path: string, why: string): AppError {
  return new AppError(
    'invalid',
    'git.bad-path',
    `${JSON.stringify(path.slice(0, 200))} cannot be changed this way: ${why}.`,
    {
      details: { path: path.slice(0, 200) },
    },
  );
}
