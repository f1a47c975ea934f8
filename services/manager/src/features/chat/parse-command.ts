import { ChatCommand, type ChatPlace, type ParsedCommand } from './chat-command.ts';

type Verb = ChatCommand['verb'];
type Raw = Readonly<Record<string, unknown>>;

/** Words after the verb, where the place names the service and where it does not. */
const forms: Readonly<Record<Verb, string>> = {
  release: '<branch|artifact> <environment>[,<environment>…]',
  rollback: '<environment> [to <artifact>] [why]',
  hold: '<environment> <why>',
  resume: '<environment>',
  retry: '<release>',
  why: '[environment]',
  status: '',
  logs: '<release>',
};
/** These name a release, which says of which service it is. */
const ofRelease: ReadonlySet<Verb> = new Set(['retry', 'logs']);
const verbs = Object.keys(forms) as Verb[];

/**
 * Reads `[verb] [service] words…`. A service stands first where the place names none; the verb may be left out where the
 * command is called so. Pure; nothing of what it reads is trusted to exist.
 * @param text without the prefix
 */
export function parseCommand(text: string, place: ChatPlace): ParsedCommand {
  const all = text.trim().split(/\s+/u);
  const [first = ''] = all;
  if (first === '' || first.toLowerCase() === 'help') return { kind: 'words', says: helpText(place) };
  const verb = verbOf(all, place);
  if (verb === undefined) return unclear(`There is no \`${short(first)}\`.`, place);
  const parsed = ChatCommand.safeParse(rawOf(verb, all, place));
  if (parsed.success) return { kind: 'command', command: parsed.data };
  return unclear(`\`${short(text.trim())}\` is not complete, or names something that cannot be a name.`, place, verb);
}

function namedVerb([first = '']: readonly string[]): Verb | undefined {
  return verbs.find((each) => each === first.toLowerCase());
}

/** One word alone is rather a verb that there is not. */
function verbOf(all: readonly string[], place: ChatPlace): Verb | undefined {
  return namedVerb(all) ?? (all.length > 1 ? place.verb : undefined);
}

function rawOf(verb: Verb, all: readonly string[], place: ChatPlace): Raw {
  const rest = namedVerb(all) === undefined ? all : all.slice(1);
  if (ofRelease.has(verb)) return { verb, ...read(verb, rest, place) };
  const [service, words] = place.service === undefined ? [rest[0], rest.slice(1)] : [place.service, rest];
  // Why it is as it is, everywhere, is what the status says.
  const meant = verb === 'why' && words.length === 0 ? 'status' : verb;
  return { verb: meant, service, ...read(meant, words, place) };
}

/** What each verb's words mean, before they are checked. */
function read(verb: Verb, words: readonly string[], place: ChatPlace): Raw {
  switch (verb) {
    case 'release':
      return readRelease(words, place);
    case 'rollback':
      return readRollback(words, place);
    case 'hold':
      return { environment: words[0], reason: words.slice(1).join(' ') || undefined };
    case 'retry':
    case 'logs':
      return onlyWord('release', words);
    case 'resume':
    case 'why':
      return onlyWord('environment', words);
    case 'status':
      return words.length === 0 ? {} : { service: undefined };
  }
}

function onlyWord(name: string, words: readonly string[]): Raw {
  return words.length === 1 ? { [name]: words[0] } : {};
}

/** With one word the place says what is released. */
function readRelease(words: readonly string[], { artifact }: ChatPlace): Raw {
  const [first = '', second, third] = words;
  if (third !== undefined) return {};
  if (second === undefined) return { environments: list(first), ...(artifact === undefined ? {} : { artifact }) };
  // Ids of artifacts end in ten digits of a commit and ten of the contents; a branch that looks so is released from the CLI.
  return {
    environments: list(second),
    ...(/-[0-9a-f]{10}-[0-9a-f]{10}$/.test(first) ? { artifact: first } : { branch: first }),
  };
}

function readRollback([environment, ...rest]: readonly string[], { from }: ChatPlace): Raw {
  const [to, reason] = rest[0]?.toLowerCase() === 'to' ? [rest[1] ?? '', rest.slice(2)] : [undefined, rest];
  return { environment, ...(to === undefined ? {} : { to }), reason: reason.join(' ') || from };
}

function list(text: string): readonly string[] {
  return text.split(',').filter((name) => name !== '');
}

function unclear(what: string, place: ChatPlace, verb?: Verb): ParsedCommand {
  return {
    kind: 'words',
    says: `${what} ${verb === undefined ? helpText(place) : `It reads \`${formOf(verb, place)}\`.`}`,
  };
}

function helpText(place: ChatPlace): string {
  return `This is understood:\n${verbs.map((verb) => `• \`${formOf(verb, place)}\``).join('\n')}`;
}

function formOf(verb: Verb, { prefix, service, artifact, verb: unsaid }: ChatPlace): string {
  const who = service === undefined && !ofRelease.has(verb) ? '<service>' : '';
  const words = verb === 'release' && artifact !== undefined ? forms.release.split(' ')[1] : forms[verb];
  return `${prefix}${[verb === unsaid ? '' : verb, who, words].filter((part) => part !== '').join(' ')}`;
}

/** What is said back of what somebody wrote: one line, no end of a code span. */
function short(text: string): string {
  const clean = text.replaceAll(/[`\p{Cc}]/gu, ' ');
  return clean.length > 60 ? `${clean.slice(0, 60)}…` : clean;
}
