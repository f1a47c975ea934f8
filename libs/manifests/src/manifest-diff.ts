import type { ArtifactFile } from '@release-manager/domain';

import { headOf, objectName, type ObjectHead } from './manifest-object.ts';
import { parseManifests, type ParsedManifests } from './manifest-parser.ts';
import { normalLines, withoutStamp } from './normal-form.ts';
import { printable } from './printable.ts';
import { SecretMask } from './secret-mask.ts';
import { unifiedText } from './unified-text.ts';

/** What happens to one object between two renderings. */
export interface ObjectDiff extends ObjectHead {
  readonly change: 'added' | 'removed' | 'changed';
  /** Where it stands afterwards, or stood before when it is removed. */
  readonly file: string;
  readonly added: number;
  readonly removed: number;
  /** Unified; of an object in fixed notation, without the stamp, secrets masked. Or one sentence why it is not shown. */
  readonly text: string;
  readonly isCut: boolean;
}

export interface DiffOptions {
  /** Unchanged lines around a change; 3 when not given. */
  readonly contextLines?: number;
  /** The key of the tags of masked values; random when not given, and given in tests only. */
  readonly maskKey?: Uint8Array;
}

/** Lines shown of one object, and of all together: more is read by nobody and stored for ever. */
const diffLimits = { linesPerObject: 400, lines: 4_000 } as const;

interface Side {
  readonly head: ObjectHead;
  readonly file: string;
  readonly lines: readonly string[];
}

/**
 * What differs between two renderings of one service, by object: added and changed ones in the order of `after`, then removed
 * ones. Objects are the same when group, kind and name are (a service has one namespace per environment, and two environments
 * can be compared). The stamp, the order of keys and the notation make no difference. Neither side has to be checked.
 */
export function diffManifests(
  before: readonly ArtifactFile[],
  after: readonly ArtifactFile[],
  options: DiffOptions = {},
): readonly ObjectDiff[] {
  const mask = new SecretMask(options.maskKey);
  const contextLines = Math.max(0, options.contextLines ?? 3);
  const oldParsed = parseManifests(before);
  const newParsed = parseManifests(after);
  const oldSides = sidesOf(oldParsed, mask);
  const newSides = sidesOf(newParsed, mask);
  const diffs: ObjectDiff[] = [...unreadable(oldParsed, 'removed'), ...unreadable(newParsed, 'added')];
  let room: number = diffLimits.lines;
  for (const key of new Set([...newSides.keys(), ...oldSides.keys()])) {
    const lines = Math.min(room, diffLimits.linesPerObject);
    const diff = diffSides(oldSides.get(key), newSides.get(key), { contextLines, lines });
    if (diff === undefined) continue;
    room = Math.max(0, room - diff.text.split('\n').length);
    diffs.push(diff);
  }
  return diffs;
}

/** The differences as text for a terminal or a code block, a line per object before each. */
export function renderDiff(diffs: readonly ObjectDiff[]): string {
  if (diffs.length === 0) return 'No object differs.\n';
  return diffs
    .map((diff) => {
      const title = diff.kind === '' ? diff.file : `${objectName(diff)} (${diff.file})`;
      return `${diff.change} ${printable(title)}, +${diff.added} -${diff.removed}\n${diff.text}\n`;
    })
    .join('\n');
}

function sidesOf(parsed: ParsedManifests, mask: SecretMask): ReadonlyMap<string, Side> {
  const sides = new Map<string, Side>();
  for (const file of parsed.files) {
    for (const object of file.objects) {
      const head = headOf(object);
      const value = mask.apply(withoutStamp(object.tree.value(object.map)), head);
      const name = JSON.stringify([head.apiGroup, head.kind, head.name]);
      let key = name;
      for (let copy = 2; sides.has(key); copy += 1) key = `${name}#${copy}`;
      sides.set(key, { head, file: file.path, lines: normalLines(value) });
    }
  }
  return sides;
}

function diffSides(
  before: Side | undefined,
  after: Side | undefined,
  limits: { readonly contextLines: number; readonly lines: number },
): ObjectDiff | undefined {
  const shown = after ?? before;
  if (shown === undefined) return undefined;
  const unified = unifiedText(before?.lines ?? [], after?.lines ?? [], limits);
  if (unified.added + unified.removed === 0) return undefined;
  const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  const { text, added, removed, isCut } = unified;
  return { ...shown.head, change, file: shown.file, added, removed, text, isCut };
}

/** Of a file that cannot be read nothing is shown, since what is secret in it cannot be told either. */
function unreadable(parsed: ParsedManifests, change: 'added' | 'removed'): readonly ObjectDiff[] {
  const first = new Map(parsed.problems.toReversed().map((problem) => [problem.file, problem]));
  return [...first.values()].map((problem) => {
    const side = change === 'added' ? 'new' : 'old';
    const text = `The ${side} ${printable(problem.file)} cannot be compared, line ${problem.line}: ${problem.message}`;
    const nobody = { apiGroup: '', version: '', kind: '', namespace: '', name: '' };
    return { ...nobody, change, file: problem.file, added: 0, removed: 0, text, isCut: true };
  });
}
