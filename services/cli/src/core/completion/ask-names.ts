import type { Connection } from '../connection.ts';
import type { NameKind } from '../define-command.ts';
import type { World } from '../world.ts';
import type { Word } from './complete-line.ts';

/** What is asked of the manager; one answer can serve several kinds of names. */
interface Question {
  readonly path: string;
  readonly list: 'items' | 'policies';
  word(item: Item): Word;
}

type Item = Readonly<Record<string, unknown>>;

const pages = 8;

/** @returns `undefined` where the names belong to a service and none is known */
export function questionFor(kind: NameKind, service: string | undefined): Question | undefined {
  const named = service === undefined ? '' : `&service=${encodeURIComponent(service)}`;
  switch (kind) {
    case 'service':
      return { path: '/v1/services?limit=500', list: 'items', word: (item) => word(item['name'], item['owner']) };
    case 'environment':
      return {
        path: '/v1/environments',
        list: 'items',
        word: (item) => word(item['name'], item['protected'] === true ? 'protected' : ''),
      };
    case 'branch':
      return { path: `/v1/artifacts?limit=200${named}`, list: 'items', word: (item) => word(item['branch'], '') };
    case 'artifact':
      return {
        path: `/v1/artifacts?limit=200${named}`,
        list: 'items',
        word: (item) => word(item['id'], [item['service'], item['branch'], item['state']].join(' ')),
      };
    case 'release':
      return {
        path: `/v1/releases?limit=100${named}`,
        list: 'items',
        word: (item) => word(item['id'], [item['service'], item['environment'], item['state']].join(' ')),
      };
    case 'policy':
      return service === undefined
        ? undefined
        : {
            path: `/v1/services/${encodeURIComponent(service)}/policies`,
            list: 'policies',
            word: (item) => word(item['id'], item['summary']),
          };
    case 'token':
      return { path: '/v1/tokens?limit=200', list: 'items', word: (item) => word(item['id'], item['name']) };
  }
}

/**
 * Asks without the contract's schemas, whose loading takes longer than the answer: of every item two texts are taken, and
 * whatever is no text is left out.
 * @throws on whatever goes wrong; nobody is told
 */
export async function askNames(
  world: Pick<World, 'fetch'>,
  { url, token }: Connection,
  question: Question,
  signal: AbortSignal,
): Promise<Word[]> {
  const found = new Map<string, Word>();
  let cursor: string | undefined;
  for (let page = 0; page < pages; page += 1) {
    const next = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await world.fetch(`${url}${question.path}${next}`, {
      headers: { accept: 'application/json', authorization: `Bearer ${token}` },
      redirect: 'error',
      signal,
    });
    if (!response.ok) throw new Error(`the manager answered ${response.status}`);
    const body = (await response.json()) as Readonly<Record<string, unknown>>;
    const items = body[question.list];
    for (const item of Array.isArray(items) ? (items as Item[]) : []) {
      const one = question.word(item);
      if (one.word !== '' && !found.has(one.word)) found.set(one.word, one);
    }
    // Of services all are wanted; of what grows for ever the newest.
    if (typeof body['nextCursor'] !== 'string' || !question.path.startsWith('/v1/services?')) break;
    cursor = body['nextCursor'];
  }
  return [...found.values()];
}

function word(name: unknown, summary: unknown): Word {
  return { word: typeof name === 'string' ? name : '', summary: typeof summary === 'string' ? summary : '' };
}
