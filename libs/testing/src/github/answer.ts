import type { FakeCredentials } from './fake-credentials.ts';
import type { FakeRepository } from './fake-repository.ts';
import type { MatchedOperation, VendorSchema } from './vendor-schema.ts';

export interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What every answer may look at. */
export interface FakeWorld {
  readonly schema: VendorSchema;
  readonly credentials: FakeCredentials;
  readonly repositories: ReadonlyMap<string, FakeRepository>;
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  readonly now: () => Date;
  readonly nextId: () => number;
  /** Where its pages are. */
  readonly url: () => string;
}

/** One request, with what it brought. */
export interface Asked {
  readonly operation: MatchedOperation;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly world: FakeWorld;
  readonly who: 'token' | 'app' | 'installation';
  /** The login of whoever asks. */
  readonly login: string;
}

export type Answerer = (asked: Asked) => FakeAnswer;
export type Answers = Readonly<Record<string, Answerer>>;

export const botSlug = 'release-manager';
export const tokenLogin = 'release-machine';

export function gitHubError(status: number, message: string, more: object = {}): FakeAnswer {
  const body = { message, documentation_url: 'https://docs.github.com/rest', status: String(status), ...more };
  return { status, body };
}

export const notFound = gitHubError(404, 'Not Found');

/** As GitHub refuses a field. */
export function unprocessable(message: string, code = 'custom'): FakeAnswer {
  return gitHubError(422, 'Validation Failed', { errors: [{ resource: 'Resource', code, field: 'body', message }] });
}

export function ok(body: unknown, status = 200): FakeAnswer {
  return { status, body };
}

/** Lets an answer speak of a repository that whoever asks can see. */
export function ofRepository(answer: (repository: FakeRepository, asked: Asked) => FakeAnswer): Answerer {
  return (asked) => {
    const { owner = '', repo = '' } = asked.params;
    const repository = asked.world.repositories.get(`${owner}/${repo}`.toLowerCase());
    return repository?.visible === true ? answer(repository, asked) : notFound;
  };
}

/** The page that was asked for. */
export function pageOf<Item>(items: readonly Item[], query: URLSearchParams): readonly Item[] {
  const size = Number(query.get('per_page') ?? 30);
  const page = Number(query.get('page') ?? 1);
  return items.slice((page - 1) * size, page * size);
}

export function textOf(body: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = body[name];
  return typeof value === 'string' ? value : undefined;
}
