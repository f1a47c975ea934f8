import { AppError } from '@release-manager/domain';

import { textFault } from './text-fault.ts';

const deepest = 32;

/**
 * JSON whose meaning is beyond doubt. `JSON.parse` takes the last of two equal keys where a proxy or a scanner in front of
 * us may have looked at the first, and any depth.
 * @throws AppError invalid `http.json`
 */
export function parseStrictJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The engine's message quotes the text, which may hold a secret: only the place is told.
    const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    throw broken(`it cannot be parsed${position === undefined ? '' : ` (at character ${position})`}`);
  }
  checkStructure(text);
  checkText(value);
  return value;
}

/** One pass over text that is known to be JSON: depth, keys that come twice, keys that mean something to JavaScript. */
function checkStructure(text: string): void {
  const open: Set<string>[] = [];
  const token = /[{}[\]]|"(?:[^"\\]|\\.)*"(\s*:)?/g;
  for (const match of text.matchAll(token)) {
    const [found, colon] = match;
    if (found === '{' || found === '[') {
      open.push(new Set());
      if (open.length > deepest) throw broken(`it is nested more than ${deepest} deep`);
    } else if (found === '}' || found === ']') {
      open.pop();
    } else if (colon !== undefined) {
      addKey(open.at(-1), JSON.parse(found.slice(0, -colon.length)) as string);
    }
  }
}

/** Every string and every key, of a value that is known not to be deep. */
function checkText(value: unknown): void {
  if (typeof value === 'string') {
    const fault = textFault(value);
    if (fault !== undefined) throw broken(`a string holds ${fault}`);
  } else if (Array.isArray(value)) {
    for (const each of value) checkText(each);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) {
      checkText(key);
      checkText(each);
    }
  }
}

function addKey(keys: Set<string> | undefined, key: string): void {
  const shown = JSON.stringify(key.slice(0, 60));
  if (key === '__proto__') throw broken(`the key ${shown} is not possible`);
  if (keys?.has(key) === true) throw broken(`the key ${shown} stands twice in one object`);
  keys?.add(key);
}

function broken(why: string): AppError {
  return new AppError('invalid', 'http.json', `The body is no usable JSON: ${why}.`);
}
