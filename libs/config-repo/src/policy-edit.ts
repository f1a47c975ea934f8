import { AppError } from '@release-manager/domain';
import { parsePolicy, policyId, type Policy } from '@release-manager/policies';
import { isMap, isSeq, parseDocument, type Document, type YAMLSeq } from 'yaml';

import { layout } from './layout.ts';
import { fieldOf } from './list-entries.ts';
import { isBroken, readYaml } from './yaml-file.ts';

export interface PolicyEdit {
  /** The whole file, with the comments that people wrote. */
  readonly text: string;
  /** False when the file said so before; then the text is the one given. */
  readonly changed: boolean;
  /** Where the rule stands, counted from 1; where it stood, for one that was taken out. */
  readonly line: number;
}

/**
 * Adds a rule to the file of a service, or makes the file.
 * @param text the file as it is; absent when there is none.
 * @throws AppError invalid `policy.file-broken` when the file cannot be read, with the line.
 */
export function applyPolicy(text: string | undefined, service: string, policy: Policy): PolicyEdit {
  const id = policyId(policy);
  const entry = Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined));
  const before = text === undefined || text.trim() === '' ? `service: ${service}\npolicies: []\n` : text;
  const document = open(before, service);
  const existing = entryLine(before, id);
  if (text !== undefined && existing !== undefined) return { text, changed: false, line: existing };
  const list = policyList(document);
  // One rule, one line: a diff of the file then reads like the change itself.
  list.flow = false;
  list.add(document.createNode(entry, { flow: true }));
  const after = print(document, before);
  return { text: after, changed: true, line: entryLine(after, id) ?? 1 };
}

/**
 * Takes a rule out of the file of a service.
 * @throws AppError not-found `policy.not-found` when the file has no such rule; invalid `policy.file-broken`.
 */
export function deletePolicy(text: string, id: string): PolicyEdit {
  const document = open(text, undefined);
  const list = policyList(document);
  const entries = entriesOf(text);
  const line = entries.find((entry) => entry.id === id)?.line;
  if (line === undefined) {
    throw new AppError('not-found', 'policy.not-found', `The file holds no rule ${JSON.stringify(id.slice(0, 200))}.`, {
      next: 'release-cli policy list names the rules with their ids',
    });
  }
  // A comment above the first entry belongs to the list and stays when that entry goes; one above another goes with it.
  list.items = list.items.filter((_, index) => entries[index]?.id !== id);
  if (list.items.length === 0) list.flow = true;
  return { text: print(document, text), changed: true, line };
}

function open(text: string, service: string | undefined): Document.Parsed {
  const yaml = readYaml(Buffer.from(text));
  if (isBroken(yaml)) throw broken(yaml.message, yaml.line);
  const named = fieldOf(yaml.value, 'service');
  if (service !== undefined && named !== service) {
    throw broken(`The file must say service: ${service}.`, yaml.lineOf(['service']));
  }
  const lunar = ['autoReleases', 'branchRestrictions'].find((key) => fieldOf(yaml.value, key) !== undefined);
  if (lunar !== undefined) {
    throw broken('The file is one of Lunar, which is read but not written.', yaml.lineOf([lunar]));
  }
  return parseDocument(text, { stringKeys: true });
}

function policyList(document: Document.Parsed): YAMLSeq {
  const root = document.contents;
  if (!isMap(root)) throw broken('The file must hold service and policies.', 1);
  const list: unknown = document.get('policies', true);
  if (isSeq(list)) return list;
  if (document.get('policies') !== undefined && document.get('policies') !== null) {
    throw broken('policies is a list of rules.', 1);
  }
  const made = document.createNode([]);
  document.set('policies', made);
  return made;
}

/** The id and line of each entry; an entry that cannot be read has no id. */
function entriesOf(text: string): readonly { readonly id: string | undefined; readonly line: number }[] {
  const yaml = readYaml(Buffer.from(text));
  const list = isBroken(yaml) ? undefined : fieldOf(yaml.value, 'policies');
  if (isBroken(yaml) || !Array.isArray(list)) return [];
  return list.map((raw: unknown, index) => ({ id: idOf(raw), line: yaml.lineOf(['policies', index]) }));
}

function idOf(raw: unknown): string | undefined {
  try {
    return policyId(parsePolicy(raw));
  } catch {
    return undefined;
  }
}

function entryLine(text: string, id: string): number | undefined {
  return entriesOf(text).find((entry) => entry.id === id)?.line;
}

/** Keeps the two habits of indenting a list, so that the diff holds the rule and nothing else. */
function print(document: Document.Parsed, before: string): string {
  return document.toString({ lineWidth: 0, indentSeq: !/^policies:[^\n]*\n(?:\s*#[^\n]*\n|\s*\n)*-/m.test(before) });
}

function broken(message: string, line: number): AppError {
  return new AppError('invalid', 'policy.file-broken', `${message} (line ${line})`, {
    next: `mend ${layout.policies}/<service>.yaml in the config repo`,
    details: { line },
  });
}
