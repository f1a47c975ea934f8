import { isDeepStrictEqual } from 'node:util';

import { AppError, messageOf } from '@release-manager/domain';
import { isMap, isNode, parseAllDocuments, stringify, type Document } from 'yaml';

/** A Kustomization has a few hundred bytes; more than this nobody wrote. */
const largestFile = 256 * 1024;

export type Fields = Readonly<Record<string, unknown>>;

/** A Kubernetes object that we write. */
export interface FluxObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string } & Fields;
  readonly spec?: Fields;
}

/** One or several objects as a new file, below a comment that says whose file it is. */
export function renderObjects(comment: string, objects: readonly FluxObject[]): Uint8Array {
  const head = comment
    .split('\n')
    .map((line) => `# ${line}\n`)
    .join('');
  return Buffer.from(head + objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n'));
}

export interface FoundObject {
  /** Sets fields; those that are not named stay, with their comments. */
  readonly document: Document.Parsed;
  /** The whole file again, or nothing when it says the same as before. */
  readonly changedFile: () => Uint8Array | undefined;
}

/**
 * The object of a kind in a file that is already there.
 * @throws AppError invalid `flux.unreadable` when the file is no YAML or holds no such object.
 */
export function findObject(
  content: Uint8Array,
  wanted: { readonly group: string; readonly kind: string },
): FoundObject {
  const documents = parseFile(content);
  const document = documents.find((candidate) => {
    const group = candidate.get('apiVersion');
    return typeof group === 'string' && group.startsWith(`${wanted.group}/`) && candidate.get('kind') === wanted.kind;
  });
  if (document === undefined) throw unreadable(`it holds no ${wanted.kind} of ${wanted.group}`);
  const before = valueOf(document);
  return {
    document,
    changedFile: () => {
      if (isDeepStrictEqual(before, valueOf(document))) return undefined;
      return Buffer.from(documents.map((one, index) => documentText(one, index)).join(''));
    },
  };
}

function parseFile(content: Uint8Array): readonly Document.Parsed[] {
  if (content.byteLength > largestFile) throw unreadable(`it has more than ${largestFile} bytes`);
  try {
    const documents = parseAllDocuments(Buffer.from(content).toString('utf8'), { prettyErrors: false });
    if ('empty' in documents) throw unreadable('it is empty');
    const [error] = documents.flatMap((document) => document.errors);
    if (error !== undefined) throw unreadable(error.message);
    return documents.filter((document) => isMap(document.contents));
  } catch (error) {
    throw error instanceof AppError ? error : unreadable(messageOf(error));
  }
}

/** Refuses aliases that multiply. */
function valueOf(document: Document.Parsed): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    throw unreadable(messageOf(error));
  }
}

function documentText(document: Document.Parsed, index: number): string {
  const { directives } = document;
  if (index > 0) directives.docStart = true;
  return document.toString({ lineWidth: 0 });
}

/** Sets every leaf of `fields` below `path`; maps are entered, everything else is replaced. */
export function setFields(document: Document, path: readonly string[], fields: Fields): void {
  for (const [key, value] of Object.entries(fields)) {
    const at = [...path, key];
    const current: unknown = document.getIn(at, true);
    if (isFields(value) && isMap(current)) setFields(document, at, value);
    else if (!isDeepStrictEqual(plain(current), value)) setValue(document, at, value);
  }
}

/** Takes a field out, where there is one. */
export function deleteField(document: Document, path: readonly string[]): void {
  if (isMap(document.getIn(path.slice(0, -1), true))) document.deleteIn(path);
}

function setValue(document: Document, path: readonly string[], value: unknown): void {
  try {
    document.setIn(path, isFields(value) || Array.isArray(value) ? document.createNode(value) : value);
  } catch (error) {
    throw unreadable(messageOf(error));
  }
}

function plain(node: unknown): unknown {
  return isNode(node) ? (node.toJSON() as unknown) : node;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unreadable(why: string): AppError {
  return new AppError('invalid', 'flux.unreadable', `The file cannot be changed: ${why.split('\n')[0] ?? ''}.`);
}
