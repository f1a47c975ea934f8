import type { Entry } from 'yauzl';

import { archiveError, quoted, type ArchiveRule } from './archive-error.ts';
import { needlessZip64 } from './zip-ending.ts';

/** An entry of the central directory whose form is sound; its path is not judged yet. */
export interface ZipEntry {
  /** As the archive spells it; a folder's ends with `/`. */
  readonly path: string;
  readonly kind: 'file' | 'folder';
  readonly method: 'store' | 'deflate';
  /** Whether sizes and checksum follow the content instead of standing before it. */
  readonly hasDescriptor: boolean;
  readonly packedSize: number;
  readonly size: number;
  readonly crc32: number;
  /** Of the local header. */
  readonly offset: number;
  readonly raw: Entry;
}

/** Strong encryption (0x40) is refused by the library that reads the directory. */
const flag = { encrypted: 0x2001, descriptor: 0x8, utf8: 0x800, deflateOptions: 0x6 } as const;

const fileTypes = 0o170000;
const regularFile = 0o100000;
const folder = 0o040000;
const specialBits = 0o7000;

/**
 * Extra fields that give an entry another name, another target or other sizes than its header: zip64, PKWARE's and ASi's Unix
 * fields (links, devices), Info-ZIP's Unicode path, AES, strong encryption.
 */
const zip64Field = 0x0001;
const deceivingFields = new Set([0x000d, 0x756e, 0x7075, 0x9901, 0x0017]);

/** @throws AppError invalid `archive.<rule>` */
export function parseZipEntry(raw: Entry): ZipEntry {
  const path = decodeName(raw);
  assertFlags(raw, path);
  assertExtraFields(raw, path);
  const kind = path.endsWith('/') ? 'folder' : 'file';
  assertFileType(raw, path, kind);
  const method = methodOf(raw, path);
  const { compressedSize: packedSize, uncompressedSize: size } = raw;
  if (kind === 'folder' && (size !== 0 || packedSize > 2)) {
    throw refuse('size-mismatch', path, 'is a folder and has content');
  }
  if (method === 'store' && packedSize !== size)
    throw refuse('size-mismatch', path, 'is stored in another size than its own');
  return {
    path,
    kind,
    method,
    hasDescriptor: (raw.generalPurposeBitFlag & flag.descriptor) !== 0,
    packedSize,
    size,
    crc32: raw.crc32,
    offset: raw.relativeOffsetOfLocalHeader,
    raw,
  };
}

/** Strictly UTF-8, flagged or plain ASCII: any other code page would be read differently by different tools. */
function decodeName(raw: Entry): string {
  const bytes = raw.fileNameRaw;
  const flagged = (raw.generalPurposeBitFlag & flag.utf8) !== 0;
  try {
    const path = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (flagged || bytes.every((byte) => byte < 0x80)) return path;
  } catch {
    // Said below.
  }
  throw archiveError({
    rule: 'path-encoding',
    file: bytes.toString('latin1'),
    message: `The archive's entry ${quoted(bytes.toString('latin1'))} has a name that is not marked as, or is not, UTF-8.`,
    next: 'Pack it with release-cli, or use ASCII names.',
  });
}

function assertFlags(raw: Entry, path: string): void {
  if ((raw.generalPurposeBitFlag & flag.encrypted) !== 0) throw refuse('encrypted', path, 'is encrypted');
  const known = flag.descriptor | flag.utf8 | flag.deflateOptions;
  if ((raw.generalPurposeBitFlag & ~known) !== 0)
    throw refuse('flags', path, 'uses a feature of zip that no artifact needs');
}

function assertExtraFields(raw: Entry, path: string): void {
  const ids = raw.extraFields.map((field) => field.id);
  // The parsed sizes come from the zip64 field where the plain ones are all ones: seeing the field is enough.
  if (ids.includes(zip64Field) || raw.relativeOffsetOfLocalHeader === 0xffffffff) throw needlessZip64(path);
  if (ids.some((id) => deceivingFields.has(id)))
    throw refuse('extra-field', path, 'carries an extra field for links or other names');
}

/** Whatever system the entry claims to come from: the high 16 bits are a Unix mode to most programs that unpack. */
function assertFileType(raw: Entry, path: string, kind: ZipEntry['kind']): void {
  const mode = raw.externalFileAttributes >>> 16;
  const type = mode & fileTypes;
  const isFolder = type === folder || (raw.externalFileAttributes & 0x10) !== 0;
  if (type !== 0 && type !== regularFile && type !== folder)
    throw refuse('file-type', path, 'is a link, device, pipe or socket');
  if ((mode & specialBits) !== 0) throw refuse('file-type', path, 'is setuid, setgid or sticky');
  if (
    (raw.externalFileAttributes & 0x8) !== 0 ||
    (kind === 'file' && isFolder) ||
    (kind === 'folder' && type === regularFile)
  ) {
    throw refuse('file-type', path, 'is of another type than its name says');
  }
}

function methodOf(raw: Entry, path: string): ZipEntry['method'] {
  if (raw.compressionMethod === 0) return 'store';
  if (raw.compressionMethod === 8) return 'deflate';
  throw refuse('method', path, `is packed by method ${raw.compressionMethod}, and only store and deflate are read`);
}

export function refuse(rule: ArchiveRule, path: string, what: string, cause?: unknown): Error {
  return archiveError({ rule, file: path, message: `The archive's entry ${quoted(path)} ${what}.`, cause });
}
