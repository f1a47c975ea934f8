import type { ArtifactFile } from '@release-manager/domain';
import { isSeq, type Node, type YAMLMap } from 'yaml';

import { countNodes } from './count-nodes.ts';
import { manifestLimits } from './manifest-limits.ts';
import { ProblemList, type ManifestProblem } from './manifest-problem.ts';
import { decodeManifest, type ManifestText } from './manifest-text.ts';
import { readYamlStream } from './yaml-stream.ts';
import { YamlTree } from './yaml-tree.ts';

/** An object in a file: a document, or an item of a list. */
export interface ParsedObject {
  readonly tree: YamlTree;
  /** The node in its place, which is an alias when a list repeats an object by one. */
  readonly slot: Node;
  readonly map: YAMLMap;
  readonly line: number;
}

export interface ParsedFile {
  readonly path: string;
  readonly content: Uint8Array;
  /** False for a file that Flux does not read, since it is neither `.yaml` nor `.yml`; nothing in it is looked at. */
  readonly isManifest: boolean;
  /** Absent when the file could not be read as text. */
  readonly source?: ManifestText;
  readonly objects: readonly ParsedObject[];
  readonly problems: readonly ManifestProblem[];
}

export interface ParsedManifests {
  readonly files: readonly ParsedFile[];
  /** Of all files; empty when everything can be read. */
  readonly problems: readonly ManifestProblem[];
}

/**
 * Reads the rendered files of one environment. Never throws: what cannot be read, or what Flux could read differently, is a
 * problem with file, line and rule, and the objects of such a file are not listed. The time is linear in the bytes and bounded by
 * `manifestLimits`: 50 files of 200 lines take 150 ms on one core of a small server, the worst file that we could think of 1 s.
 */
export function parseManifests(
  files: readonly ArtifactFile[],
  mostNodes: number = manifestLimits.nodes,
): ParsedManifests {
  const bytes = files.reduce((sum, file) => sum + file.content.byteLength, 0);
  if (files.length > manifestLimits.files || bytes > manifestLimits.totalBytes) return tooLarge(files, bytes);
  const parsed: ParsedFile[] = [];
  let objects = 0;
  let nodes = 0;
  for (const file of files) {
    const next = parseFile(file);
    objects += next.objects.length;
    for (const { map } of next.objects) nodes += countNodes(map);
    parsed.push(next);
    const exceeded = exceededLimit({ objects, nodes }, mostNodes);
    if (exceeded !== undefined) return tooMany(parsed, next.path, exceeded);
  }
  return { files: parsed, problems: parsed.flatMap((file) => file.problems) };
}

/** True for the names that Flux reads; it compares the ending exactly. */
export function isManifestPath(path: string): boolean {
  return /\.ya?ml$/.test(path);
}

function parseFile(file: ArtifactFile): ParsedFile {
  const { path, content } = file;
  const problems = new ProblemList(path);
  if (!isManifestPath(path)) return { path, content, isManifest: false, objects: [], problems: [] };
  const source = decodeManifest(content, problems);
  if (source === undefined) return { path, content, isManifest: true, objects: [], problems: problems.all };
  const documents = readYamlStream(source, problems) ?? [];
  const objects: ParsedObject[] = [];
  for (const document of documents) {
    const tree = new YamlTree(document, source.lineAt, problems);
    if (!tree.isSound || tree.isNull(document.contents)) continue;
    objects.push(...objectsOf(tree, document.contents, source, problems));
  }
  return { path, content, isManifest: true, source, objects, problems: problems.all };
}

/**
 * kustomize takes every kind that ends in `List` and has `items` apart, lists in lists too, whatever its group: so an object
 * must not hide in the items of a `FooList`.
 */
function objectsOf(tree: YamlTree, slot: Node | null, source: ManifestText, problems: ProblemList): ParsedObject[] {
  const map = tree.map(slot);
  const line = source.lineAt(slot?.range?.[0] ?? 0);
  if (map === undefined || slot === null) {
    problems.add(line, 'not-an-object', 'The document is no mapping, so it is no Kubernetes object.', 'Remove it.');
    return [];
  }
  const items = tree.entry(map, 'items');
  if (items === undefined || !(tree.text(tree.at(map, 'kind')) ?? '').endsWith('List'))
    return [{ tree, slot, map, line }];
  if (tree.isNull(items.value)) return [];
  const list = tree.resolve(items.value);
  if (isSeq(list)) return list.items.flatMap((item) => objectsOf(tree, item as Node | null, source, problems));
  problems.add(line, 'not-an-object', 'The items of the list are no sequence.', 'Write them as a sequence.');
  return [];
}

function tooLarge(files: readonly ArtifactFile[], bytes: number): ParsedManifests {
  const problems = new ProblemList(files[0]?.path ?? '');
  const message = `The environment has ${files.length} files with ${bytes} bytes; at most ${manifestLimits.files} files with ${manifestLimits.totalBytes} bytes are read.`;
  problems.add(1, 'environment-size', message, 'Split the service, or keep large data out of its manifests.');
  return { files: [], problems: problems.all };
}

/** What an environment has too much of, in words. @param most how many nodes it may have */
export function exceededLimit(
  has: { readonly objects: number; readonly nodes: number },
  most: number = manifestLimits.nodes,
): string | undefined {
  if (has.objects > manifestLimits.objects) return `${manifestLimits.objects} objects`;
  return has.nodes > most ? `${most} values, about ${most / 2} lines` : undefined;
}

function tooMany(parsed: readonly ParsedFile[], path: string, what: string): ParsedManifests {
  const problems = new ProblemList(path);
  problems.add(1, 'environment-size', `The environment has more than ${what}.`, 'Split the service.');
  return { files: [], problems: [...parsed.flatMap((file) => file.problems), ...problems.all] };
}
