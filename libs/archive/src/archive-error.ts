import { AppError } from '@release-manager/domain';

/** What a refused archive did wrong; the code of the error is `archive.<rule>`. */
export type ArchiveRule =
  | 'not-a-zip'
  | 'damaged'
  | 'zip64'
  | 'multi-disk'
  | 'prepended-data'
  | 'trailing-data'
  | 'hidden-data'
  | 'overlap'
  | 'header-mismatch'
  | 'encrypted'
  | 'method'
  | 'flags'
  | 'file-type'
  | 'extra-field'
  | 'size-mismatch'
  | 'checksum'
  | 'too-many-entries'
  | 'zip-too-large'
  | 'file-too-large'
  | 'total-too-large'
  | 'path-encoding'
  | 'path-characters'
  | 'path-traversal'
  | 'path-absolute'
  | 'path-segment'
  | 'path-normalisation'
  | 'path-script'
  | 'path-length'
  | 'path-reserved'
  | 'path-collision'
  | 'duplicate'
  | 'control-file'
  | 'environment'
  | 'not-allowed';

export interface ArchiveFault {
  readonly rule: ArchiveRule;
  readonly message: string;
  /** The path as the archive spells it; absent when the fault is the archive's as a whole. */
  readonly file?: string;
  readonly next?: string;
  readonly cause?: unknown;
}

export function archiveError(fault: ArchiveFault): AppError {
  return new AppError('invalid', `archive.${fault.rule}`, fault.message, {
    ...(fault.next === undefined ? {} : { next: fault.next }),
    details: { rule: fault.rule, ...(fault.file === undefined ? {} : { file: shortened(fault.file) }) },
    cause: fault.cause,
  });
}

/** A path for a message: quoted, so that nothing in it speaks to a terminal, and no longer than a line. */
export function quoted(path: string): string {
  // JSON leaves DEL, C1 and format characters as they are; a terminal or a reader may be misled by them.
  return JSON.stringify(shortened(path)).replaceAll(
    /[^\x20-\x7E]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function shortened(path: string): string {
  return path.length > 160 ? `${path.slice(0, 160)}…` : path;
}
