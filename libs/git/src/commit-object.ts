import { parseOid, type Oid } from './oid.ts';
import type { CommitMeta, Signature } from './types.ts';

export interface CommitContent {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly meta: CommitMeta;
}

/** What a reader of the commit could mistake for something else: line ends, control and direction-changing characters. */
const invisible = /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/**
 * The bytes of a commit. Names cannot leave their header, because everything that ends one is taken out of them: a person
 * called "x\n\nRelease-Id: y" stays a person. The message is the caller's to sanitise, apart from what git itself forbids.
 */
export function encodeCommit(content: CommitContent): Buffer {
  return Buffer.from(`${headers(content)}\n${messageText(content.meta.message)}`, 'utf8');
}

/** The same commit with its signature, which is made over the bytes without it. */
export async function encodeSignedCommit(
  content: CommitContent,
  sign: (payload: Buffer) => Promise<string>,
): Promise<Buffer> {
  const signature = (await sign(encodeCommit(content))).trim().replaceAll('\r', '').split('\n').join('\n ');
  const text = `${headers(content)}gpgsig ${signature}\n\n${messageText(content.meta.message)}`;
  return Buffer.from(text, 'utf8');
}

function headers(content: CommitContent): string {
  const lines = [
    `tree ${content.tree}`,
    ...content.parents.map((parent) => `parent ${parent}`),
    `author ${signatureText(content.meta.author)}`,
    `committer ${signatureText(content.meta.committer)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function signatureText(signature: Signature): string {
  const name = signature.name
    .toWellFormed()
    .replaceAll(invisible, ' ')
    .replaceAll(/[<>]/g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/^[\s.,:;"'\\]+|[\s.,:;"'\\]+$/g, '')
    .slice(0, 200);
  const email = signature.email
    .toWellFormed()
    .replaceAll(invisible, '')
    .replaceAll(/[<>\s]/g, '')
    .slice(0, 320);
  return `${name === '' ? 'unknown' : name.toWellFormed()} <${email.toWellFormed()}> ${seconds(signature.at)} +0000`;
}

/** Git reads seconds since 1970 and nothing before. */
function seconds(at: Date): number {
  const value = Math.floor(at.getTime() / 1000);
  return Number.isFinite(value) && value > 0 ? value : 0;
}

function messageText(message: string): string {
  const text = message
    .toWellFormed()
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '')
    .trim();
  return `${text === '' ? '(no message)' : text}\n`;
}

/** The tree of a commit: its first line. */
export function treeOfCommit(content: Buffer): Oid {
  return parseOid(content.toString('latin1', 5, 45));
}
