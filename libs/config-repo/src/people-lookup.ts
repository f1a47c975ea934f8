import type { LocatedPerson } from './people.ts';

/** One of the names under which a person is known outside. */
export type PersonKey = { readonly email: string } | { readonly github: string } | { readonly slack: string };

/** The one person it can be, or why there is none, as a sentence. */
export type FoundPerson = { readonly person: LocatedPerson } | { readonly person?: undefined; readonly reason: string };

type KeyKind = 'email' | 'github' | 'slack';

const words: Readonly<Record<KeyKind, string>> = {
  email: 'the e-mail',
  github: 'the GitHub login',
  slack: 'the Slack id',
};

/**
 * Who of `people.yaml` somebody is. A name that two entries claim is nobody's: a guess would give one the rights of the other.
 * Pure.
 * @param people those who count now
 */
export function findPerson(people: Iterable<LocatedPerson>, key: PersonKey): FoundPerson {
  const [kind, name] = readKey(key);
  const wanted = fold(kind, name);
  const matches = wanted === '' ? [] : [...people].filter((each) => namesOf(each, kind).includes(wanted));
  const [person, other] = matches;
  const said = `${words[kind]} ${JSON.stringify(name.slice(0, 100))}`;
  if (person === undefined) return { reason: `people.yaml names nobody with ${said}.` };
  if (other === undefined) return { person };
  const both = matches.map(({ id, line }) => `${id} (line ${line})`).join(' and ');
  return { reason: `people.yaml gives ${said} to ${both}, so it is not known who of them it is.` };
}

function readKey(key: PersonKey): readonly [KeyKind, string] {
  if ('email' in key) return ['email', key.email];
  return 'github' in key ? ['github', key.github] : ['slack', key.slack];
}

function namesOf(person: LocatedPerson, kind: KeyKind): readonly string[] {
  const names = kind === 'email' ? person.emails : [person[kind] ?? ''];
  return names.map((name) => fold(kind, name));
}

/** GitHub's logins and, in practice, e-mails do not tell upper case from lower; Slack's ids do. */
function fold(kind: KeyKind, name: string): string {
  const trimmed = name.trim();
  if (kind === 'slack') return trimmed;
  // Of ASCII only: in Unicode other letters become these ones, and a look-alike would be somebody else.
  return trimmed.replace(/^@/, '').replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
