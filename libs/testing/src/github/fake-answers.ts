import type { FakeCredentials } from './fake-credentials.ts';
import type { FakeRepository } from './fake-repository.ts';
import type { MatchedOperation, VendorSchema } from './vendor-schema.ts';

export interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AnswerContext {
  readonly schema: VendorSchema;
  readonly credentials: FakeCredentials;
  readonly repositories: ReadonlyMap<string, FakeRepository>;
  readonly now: () => Date;
}

type Answerer = (operation: MatchedOperation, context: AnswerContext) => FakeAnswer;

export function gitHubError(status: number, message: string): FakeAnswer {
  const body = { message, documentation_url: 'https://docs.github.com/rest', status: String(status) };
  return { status, body };
}

const notFound = gitHubError(404, 'Not Found');

/** Lets an answer speak of a repository that whoever asks can see. */
function ofRepository(
  answer: (repository: FakeRepository, operation: MatchedOperation, context: AnswerContext) => FakeAnswer,
): Answerer {
  return (operation, context) => {
    const { owner = '', repo = '' } = operation.params;
    const repository = context.repositories.get(`${owner}/${repo}`.toLowerCase());
    return repository?.visible === true ? answer(repository, operation, context) : notFound;
  };
}

/** What the fake can do; the rest of GitHub is refused. */
export const answers: Readonly<Record<string, Answerer>> = {
  'repos/get': ofRepository((repository, _operation, { schema }) => {
    const [owner, name] = repository.fullName.split('/');
    // A fork's example, and without what its own schema requires.
    const { source: _, parent: __, ...example } = schema.example('full-repository-default-response');
    const { fullName, id, archived } = repository;
    const body = { ...example, language: null, fork: false, id, name, full_name: fullName, archived };
    return { status: 200, body: { ...body, owner: { ...(example['owner'] as object), login: owner } } };
  }),

  'git/get-ref': ofRepository((repository, { params }, { schema }) => {
    if (repository.branches.size === 0) return gitHubError(409, 'Git Repository is empty.');
    const [, kind, name = ''] = /^(heads|tags)\/(.+)$/.exec(params['ref'] ?? '') ?? [];
    const sha = (kind === 'tags' ? repository.tags : repository.branches).get(name);
    if (sha === undefined) return notFound;
    const example = schema.example('git-ref');
    const object = { ...(example['object'] as object), sha };
    return { status: 200, body: { ...example, ref: `refs/${kind}/${name}`, object } };
  }),

  'repos/compare-commits-with-basehead': ofRepository((repository, { params }, { schema }) => {
    const [base = '', head = ''] = (params['basehead'] ?? '').split('...').map((name) => repository.resolve(name));
    if (base === '' || head === '') return notFound;
    const compared = repository.compare(base, head);
    if (compared === undefined) return gitHubError(404, `No common ancestor between ${base} and ${head}.`);
    const example = schema.example('commit-comparison');
    const { status, ahead: ahead_by, behind: behind_by } = compared;
    return { status: 200, body: { ...example, status, ahead_by, behind_by, total_commits: ahead_by } };
  }),

  'rate-limit/get': (_, { schema, now }) => {
    const example = schema.example('rate-limit-overview');
    const core = { limit: 5000, used: 1, remaining: 4999, reset: Math.floor(now().getTime() / 1000) + 3600 };
    return { status: 200, body: { ...example, resources: { ...(example['resources'] as object), core }, rate: core } };
  },

  'apps/get-authenticated': (_, { schema, credentials }) => ({
    status: 200,
    body: {
      ...schema.example('integration'),
      id: Number(credentials.appId),
      name: 'release-manager',
      permissions: { contents: 'read', metadata: 'read' },
    },
  }),

  'apps/get-repo-installation': ofRepository((_, __, { schema, credentials }) => ({
    status: 200,
    body: { ...schema.example('base-installation'), id: credentials.installationId },
  })),

  'apps/create-installation-access-token': ({ params }, { schema, credentials, now }) => {
    if (Number(params['installation_id']) !== credentials.installationId) return notFound;
    const expires_at = new Date(now().getTime() + 3_600_000).toISOString();
    const { repositories: _, ...example } = schema.example('installation-token');
    const permissions = { contents: 'read', metadata: 'read' };
    return { status: 201, body: { ...example, token: credentials.issue(), expires_at, permissions } };
  },
};

/** Operations that only the App itself may ask, with its JWT. */
export const appOperations: ReadonlySet<string> = new Set([
  'apps/get-authenticated',
  'apps/get-repo-installation',
  'apps/create-installation-access-token',
]);
