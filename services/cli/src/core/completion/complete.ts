import { readFile } from 'node:fs/promises';

import { findReleaseYaml } from '../../source/release-yaml.ts';
import { cleanText } from '../clean-text.ts';
import { resolveConnection, type Connection } from '../connection.ts';
import type { Command, NameKind } from '../define-command.ts';
import type { World } from '../world.ts';
import { askNames, questionFor } from './ask-names.ts';
import { completeLine, type Wanted, type Word } from './complete-line.ts';
import { readNames, writeNames } from './name-cache.ts';

/** Somebody waits with a finger on the key: what is not there by then comes from the last answer, or not at all. */
const patienceMilliseconds = 120;
/** A burst of keys asks once. */
const freshSeconds = 5;
/** Nobody waits for the one that fills the cache behind the shell's back. */
const refreshMilliseconds = 5000;

const refreshFlag = '--refresh';

/**
 * `release-cli __complete [--refresh] -- <word>… <what is being typed>`: what the scripts of the shells call. The first line
 * is `words`, `files` or `folders`, then a candidate each, with a tab before what it is. Silent about everything that fails.
 */
export async function complete(argv: readonly string[], commands: readonly Command[], world: World): Promise<void> {
  try {
    const words = argv.slice(argv.indexOf('--') + 1);
    const wanted = completeLine(words.map(unquote), commands);
    if (wanted.kind === 'value' && (wanted.completes === 'file' || wanted.completes === 'folder')) {
      world.stdout.write(`${wanted.completes}s\n`);
      return;
    }
    const found = await wordsOf(wanted, world, argv[0] === refreshFlag ? undefined : [refreshFlag, '--', ...words]);
    world.stdout.write(`words\n${found.flatMap(line).join('')}`);
  } catch {
    // The shell would print it into the line that is being typed.
  }
}

/** @param refresh how this is called to fill the cache; absent where it is being filled */
async function wordsOf(wanted: Wanted, world: World, refresh: readonly string[] | undefined): Promise<readonly Word[]> {
  if (wanted.kind === 'words') return wanted.words;
  const { completes, lead, taken, beside } = wanted;
  const known: readonly Word[] =
    typeof completes !== 'string'
      ? completes.map((word) => ({ word, summary: '' }))
      : completes === 'file' || completes === 'folder' || wanted.elsewhere
        ? []
        : await namesOf(world, completes, { service: wanted.service, refresh });
  const names = known
    // One that begins like an option would become one.
    .filter(({ word }) => !taken.includes(word) && !word.startsWith('-'))
    .map(({ word, summary }) => ({ word: lead + word, summary }));
  return [...names, ...beside];
}

async function namesOf(
  world: World,
  kind: NameKind,
  { service, refresh }: { service: string | undefined; refresh: readonly string[] | undefined },
): Promise<readonly Word[]> {
  const question = questionFor(kind, service ?? (await serviceHere(world)));
  const connection = await resolveConnection(world, {});
  if (question === undefined || connection.token === undefined) return [];
  const key = `${kind} ${question.path}`;
  const cached = await readNames(world, connection, key);
  if (refresh === undefined) return ask(world, connection, { key, question, milliseconds: refreshMilliseconds });
  if (cached !== undefined && cached.ageSeconds <= freshSeconds) return cached.names;
  try {
    return await ask(world, connection, { key, question, milliseconds: patienceMilliseconds });
  } catch (error) {
    // Far away or busy: the next key finds what a process of its own fetches now.
    if (error instanceof Error && error.name === 'TimeoutError') world.runAgain(['__complete', ...refresh]);
    return cached?.names ?? [];
  }
}

async function ask(
  world: World,
  connection: Connection,
  {
    key,
    question,
    milliseconds,
  }: { key: string; question: NonNullable<ReturnType<typeof questionFor>>; milliseconds: number },
): Promise<readonly Word[]> {
  const signal = AbortSignal.any([world.signal, AbortSignal.timeout(milliseconds)]);
  const names = await askNames(world, connection, question, signal);
  await writeNames(world, { connection, question: key, names });
  return names;
}

/** The one line that counts, without loading a reader of YAML: what it misses is not completed, and nothing else. */
async function serviceHere(world: World): Promise<string | undefined> {
  const path = await findReleaseYaml(world.cwd);
  const text = path === undefined ? '' : await readFile(path, 'utf8');
  return /^service:[ \t]*["']?([a-z0-9-]+)["']?[ \t]*(?:#.*)?$/m.exec(text)?.[1];
}

/**
 * A name with a character that a terminal or a shell could take for something else is left out: without the character it
 * would be another name.
 */
function line({ word, summary }: Word): string[] {
  const isHarmless = word !== '' && word === cleanText(word) && !/\s/.test(word);
  const says = cleanText(summary).trim();
  return isHarmless ? [says === '' ? `${word}\n` : `${word}\t${says}\n`] : [];
}

/** bash hands over words as they were typed. */
function unquote(word: string): string {
  const [, quote, inner] = /^(["'])(.*?)\1?$/s.exec(word) ?? [];
  return quote === undefined || inner === undefined ? word.replaceAll(/\\(.)/gs, '$1') : inner;
}
