import type { IncomingMessage, ServerResponse } from 'node:http';

import type { FakeRepository } from './fake-repository.ts';
import type { FakePullRequest } from './fake-state.ts';
import { plainHtml } from './markdown-html.ts';
import type { FakePeople } from './people.ts';
import { pullPage } from './pull-page.ts';

export interface PageRequest {
  readonly repositories: ReadonlyMap<string, FakeRepository>;
  readonly people: FakePeople;
  /** What was sent. */
  readonly text: string;
}

const path = /^\/([\w.-]+\/[\w.-]+)\/(?:pulls|pull\/(\d+))$/;

/** Answers a browser: the list of a repository's pull requests, and each of them. @returns whether it was one */
export async function servePage(
  page: PageRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (!(request.headers.accept ?? '').startsWith('text/html')) return false;
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const [, name = '', number = ''] = path.exec(pathname) ?? [];
  const repository = page.repositories.get(name.toLowerCase());
  const pull = repository?.pulls.get(Number(number));
  if (repository === undefined) send(response, 404, listOf(page));
  else if (pull === undefined) send(response, 200, listOf({ repositories: new Map([[name, repository]]) }));
  else if (request.method === 'POST') await comment(page, { repository, pull, request, response });
  else send(response, 200, pullPage(repository, pull));
  return true;
}

interface Writing {
  readonly repository: FakeRepository;
  readonly pull: FakePullRequest;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A comment may release something: a form of another site writes none. */
async function comment(page: PageRequest, { repository, pull, request, response }: Writing): Promise<void> {
  if (!['same-origin', 'none', undefined].includes(request.headers['sec-fetch-site']?.toString())) {
    send(response, 403, 'A form of another site.');
    return;
  }
  const form = new URLSearchParams(page.text);
  const body = form.get('body')?.trim() ?? '';
  const by = form.get('by')?.trim() ?? '';
  if (body !== '') await page.people.comment(repository, pull.number, by === '' ? pull.author : by, body);
  response.writeHead(303, { location: `/${repository.fullName}/pull/${pull.number}` }).end();
}

/** Beside escaping: should something get through all the same, no script of it runs. */
function send(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
  });
  response.end(html);
}

function listOf({ repositories }: Pick<PageRequest, 'repositories'>): string {
  const lists = [...repositories.values()].map(({ fullName, pulls }) => {
    const rows = [...pulls.values()].toReversed().map(({ number, title, mergedAt, state }) => {
      const shown = mergedAt === undefined ? state : 'merged';
      return `<li><a href="/${plainHtml(fullName)}/pull/${number}">#${number} ${plainHtml(title)}</a> ${shown}</li>`;
    });
    return `<h1>${plainHtml(fullName)}</h1><ul>${rows.join('')}</ul>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Pull requests</title>${lists.join('')}</html>`;
}
