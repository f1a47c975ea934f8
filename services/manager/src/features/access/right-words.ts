import type { LocatedRight } from '@release-manager/config-repo';

import type { Act } from './judgement.ts';

type Right = Omit<LocatedRight, 'line'>;

/**
 * `team:checkout may release and rollback in dev, staging for owners checkout`.
 * @param most of each list: a rule is read in a terminal, and nobody reads a long list to its end
 */
export function rightWords({ who, verbs, environments, services, owners }: Right, most = 8): string {
  const listed = (names: readonly string[], separator = ', '): string => {
    const more = names.length > most ? `${separator}${names.length - most} more` : '';
    return names.slice(0, most).join(separator) + more;
  };
  const part = (before: string, names: readonly string[] | undefined, none: string): string =>
    names === undefined ? '' : `${before} ${names.length === 0 ? none : listed(names)}`;
  const scope = [
    part(' in', environments, 'no environment'),
    part(' for services', services, '(none)'),
    part(' for owners', owners, '(none)'),
  ];
  return `${listed(who.map((name) => (name === '*' ? 'everybody' : name)))} may ${listed(verbs, ' and ')}${scope.join('')}`;
}

/** The line that would allow it, and nothing else: ready to be pasted below `rights`. */
export function rightLine(personId: string, { verb, environment, service }: Act): string {
  const fields = [
    `who: [${yamlWord(personId)}]`,
    `verbs: [${verb}]`,
    ...(environment === undefined ? [] : [`environments: [${yamlWord(environment)}]`]),
    ...(service === undefined ? [] : [`services: [${yamlWord(service)}]`]),
  ];
  return `- { ${fields.join(', ')} }`;
}

/** The line that makes somebody known: ready to be pasted below `people`. */
export function personLine({
  id,
  name,
  email,
}: {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}) {
  return `- { id: ${yamlWord(id)}, name: ${JSON.stringify(name)}, emails: [${JSON.stringify(email)}] }`;
}

/** A DNS label as YAML reads it back: not all of them are text without quotes. */
function yamlWord(label: string): string {
  const isPlain = /^[a-z][a-z0-9-]*$/.test(label) && !/^(?:true|false|null|yes|no|on|off|y|n)$/.test(label);
  return isPlain ? label : JSON.stringify(label);
}
