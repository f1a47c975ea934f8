import { manifestLimits } from './manifest-limits.ts';
import type { ProblemList } from './manifest-problem.ts';

/** A file as text with the offsets of its lines. */
export interface ManifestText {
  /** Without the byte order mark. */
  readonly text: string;
  /** A UTF-8 byte order mark is accepted (editors on Windows write it, Flux reads it) and kept when the file is stamped. */
  readonly mark: boolean;
  /** The line of an offset into `text`, from 1. */
  readonly lineAt: (offset: number) => number;
}

/**
 * Characters that the reader of kustomize refuses, and those at which it breaks a line although YAML 1.2 does not: NEL, LS,
 * PS and a lone CR. After one of those a comment would end for Flux and go on for us, and what follows be applied unchecked.
 */
const forbidden = /(?![\t\n\r])\p{Cc}|[\u2028\u2029\ufeff\ufffe\uffff]|\r(?!\n)/u;

/** The text of a file, or nothing, with the problem added. */
export function decodeManifest(content: Uint8Array, problems: ProblemList): ManifestText | undefined {
  if (content.byteLength > manifestLimits.fileBytes) {
    const message = `The file has ${content.byteLength} bytes; at most ${manifestLimits.fileBytes} are read.`;
    problems.add(1, 'file-size', message, 'Render it into several files.');
    return undefined;
  }
  const raw = decodeUtf8(content);
  if (raw === undefined) {
    problems.add(1, 'encoding', 'The file is not UTF-8 text.', 'Save it as UTF-8.');
    return undefined;
  }
  const mark = raw.startsWith('\ufeff');
  const text = mark ? raw.slice(1) : raw;
  const lineAt = lineIndex(text);
  const found = forbidden.exec(text);
  if (found !== null) {
    const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const message = `The character U+${code} may not stand in a manifest: readers of YAML disagree about it.`;
    problems.add(lineAt(found.index), 'character', message, `Write it as an escape in double quotes, "\\u${code}".`);
    return undefined;
  }
  return { text, mark, lineAt };
}

function decodeUtf8(content: Uint8Array): string | undefined {
  const wide = (content[0] === 0xff && content[1] === 0xfe) || (content[0] === 0xfe && content[1] === 0xff);
  if (wide) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}

function lineIndex(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
