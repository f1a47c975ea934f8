import type { ApiInput } from '../../core/api.ts';
import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { UsageError } from '../../core/usage-error.ts';

const kinds = ['personal', 'ci', 'daemon', 'admin'] as const;

export const createToken = defineCommand({
  noun: 'token',
  verb: 'create',
  summary: 'Makes a token and prints its secret, alone on stdout and this one time.',
  args: { kind: { summary: 'personal, ci, daemon or admin.', completes: kinds } },
  options: {
    name: { type: 'string', value: 'text', summary: 'The name of the person; of other kinds what the token is for.' },
    person: { type: 'string', value: 'id', summary: 'Whom it speaks for: the id in people.yaml (personal, admin).' },
    email: { type: 'string', value: 'address', summary: 'Their address, for the commits (personal, admin).' },
    services: { type: 'strings', value: 'glob', summary: 'Services that may be uploaded (ci).' },
    branches: { type: 'strings', value: 'glob', summary: 'Branches that may be uploaded (ci).' },
    env: { type: 'string', value: 'environment', summary: 'The environment that is reported on (daemon).' },
    cluster: { type: 'string', value: 'name', summary: 'The cluster in it; `default` by default (daemon).' },
    'expires-in': { type: 'string', value: 'days', summary: 'Days until it expires; 90 for people, else 365.' },
  },
  shows: true,
  examples: [
    {
      line: 'release-cli token create personal --person ada --name "Ada L." --email ada@example.com',
      says: 'for a person',
    },
    {
      line: 'release-cli token create ci --name web --services "web*" --branches "**"',
      says: 'for the pipeline of one team',
    },
    { line: 'release-cli token create daemon --env prod --cluster eu', says: 'for a cluster' },
  ],
  async run({ args, options, context }) {
    const expiresInDays = parseDays(options['expires-in']);
    const kind = kinds.find((one) => one === args.kind);
    if (kind === undefined) throw new UsageError(`A token is one of ${kinds.join(', ')}, not "${args.kind}".`);
    const body = { ...tokenOf(kind, options), ...(expiresInDays === undefined ? {} : { expiresInDays }) };
    const { token, secret } = await (await context.api()).call('createToken', body as ApiInput<'createToken'>);
    if (context.output.format === 'table') context.output.data(secret);
    else await context.output.show({ value: { token, secret }, table: [] });
    context.output.say(
      `${token.kind} token "${token.name}" (${token.id}) until ${token.expiresAt}; it is shown this one time`,
    );
    return exitCodes.done.code;
  },
});

interface TokenOptions {
  readonly name: string | undefined;
  readonly person: string | undefined;
  readonly email: string | undefined;
  readonly services: readonly string[];
  readonly branches: readonly string[];
  readonly env: string | undefined;
  readonly cluster: string | undefined;
}

function tokenOf(kind: (typeof kinds)[number], options: TokenOptions): Record<string, unknown> {
  switch (kind) {
    case 'personal': {
      const person = personOf(options);
      return { kind, name: person.id, person };
    }
    case 'admin':
      return options.person === undefined
        ? { kind, name: needed('--name', options.name) }
        : { kind, name: options.person, person: personOf(options) };
    case 'ci':
      return {
        kind,
        name: needed('--name', options.name),
        services: several('--services', options.services),
        branches: several('--branches', options.branches),
      };
    case 'daemon': {
      const environment = needed('--env', options.env);
      const cluster = options.cluster ?? 'default';
      return { kind, name: options.name ?? `${environment}/${cluster}`, environment, cluster };
    }
  }
}

function personOf(options: TokenOptions): { id: string; name: string; email: string } {
  return {
    id: needed('--person', options.person),
    name: needed('--name', options.name),
    email: needed('--email', options.email),
  };
}

function needed(option: string, value: string | undefined): string {
  if (value === undefined)
    throw new UsageError(`Such a token needs ${option}.`, '`release-cli token create --help` has examples');
  return value;
}

/** Repeated, or with commas. */
function several(option: string, values: readonly string[]): string[] {
  const list = values.flatMap((value) => value.split(',')).map((value) => value.trim());
  if (list.length === 0 || list.includes(''))
    throw new UsageError(`A ci token needs ${option}: globs, such as "web*" or "**" for all.`);
  return list;
}

function parseDays(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days < 1 || days > 3650) throw new UsageError(`--expires-in needs days from 1 to 3650, not "${text}".`);
  return days;
}
