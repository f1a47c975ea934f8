import type { FakeRepository } from './fake-repository.ts';
import type { FakeComment, FakePullRequest } from './fake-state.ts';
import { markdownHtml, plainHtml } from './markdown-html.ts';
import { pullPageStyle } from './pull-page-style.ts';
import { labelOf } from './render.ts';

/**
 * A pull request as a person sees it: the conversation, and beside it labels, checks of the head and deployments of its commits.
 * A comment can be written by a form; nothing of what others wrote becomes markup or script here.
 */
export function pullPage(repository: FakeRepository, pull: FakePullRequest): string {
  const { number, title } = pull;
  const comments = repository.comments.filter((comment) => comment.number === number);
  const name = plainHtml(repository.fullName);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="10">
<meta name="viewport" content="width=device-width"><title>${plainHtml(title)} · ${name}#${number}</title><style>${pullPageStyle}</style></head>
<body><div class="fake">A stand-in for GitHub: what the app sends is checked against GitHub’s own description. Nothing here leaves this machine.</div>
<main><header><p>${name}</p><h1>${plainHtml(title)} <small>#${number}</small></h1>${stateHtml(pull)}</header>
<div>${comments.map(commentHtml).join('\n')}${formHtml(repository, pull)}</div>
<aside>${sideHtml('Labels', labelsHtml(repository, pull))}${sideHtml('Checks', checksHtml(repository, pull))}${sideHtml(
    'Deployments',
    deploymentsHtml(repository, pull),
  )}</aside></main></body></html>`;
}

function stateHtml({ state, mergedAt, author, baseRef, headRef, headSha }: FakePullRequest): string {
  const shown = mergedAt === undefined ? state : 'merged';
  const does = mergedAt === undefined ? 'wants to merge' : 'merged';
  return `<span class="state ${shown}">${shown}</span> <b>${plainHtml(author)}</b> ${does} <code>${plainHtml(
    headRef,
  )}</code> (${plainHtml(headSha.slice(0, 10))}) into <code>${plainHtml(baseRef)}</code>`;
}

function commentHtml({ id, author, body, createdAt, edits, reactions }: FakeComment): string {
  const bot = author.endsWith('[bot]') ? ' <span class="bot">bot</span>' : '';
  const edited = edits === 0 ? '' : ` · edited ${edits === 1 ? 'once' : `${edits} times`}`;
  const below = reactions.map(({ content }) => plainHtml(content)).join(' ');
  return `<div class="comment" id="issuecomment-${id}"><div><b>${plainHtml(author.replace('[bot]', ''))}</b>${bot} commented at ${createdAt
    .toISOString()
    .slice(
      11,
      16,
    )}${edited}</div><section>${markdownHtml(body)}${below === '' ? '' : `<p>${below}</p>`}</section></div>`;
}

/** Works without script. */
function formHtml({ fullName }: FakeRepository, { number, author }: FakePullRequest): string {
  return `<form method="post" action="/${plainHtml(fullName)}/pull/${number}"><textarea name="body" aria-label="Comment" placeholder="/why prod"></textarea>
<label>as <input name="by" value="${plainHtml(author)}"></label> <button>Comment</button></form>`;
}

function sideHtml(title: string, inner: string): string {
  return `<section><h2>${title}</h2>${inner === '' ? 'None yet' : inner}</section>`;
}

function labelsHtml(repository: FakeRepository, { labels }: FakePullRequest): string {
  return [...labels]
    .map((name) => {
      const { color } = labelOf(repository, name);
      return `<span class="label" style="background:#${plainHtml(color)}33;border:1px solid #${plainHtml(color)}">${plainHtml(name)}</span>`;
    })
    .join(' ');
}

function checksHtml({ checkRuns, statuses }: FakeRepository, { headSha }: FakePullRequest): string {
  const runs = checkRuns
    .filter(({ sha }) => sha === headSha)
    .map(({ name, conclusion, status, title, summary }) =>
      lineHtml(
        conclusion ?? status,
        name,
        `${plainHtml(title)}<details><summary>Details</summary>${markdownHtml(summary)}</details>`,
      ),
    );
  const latest = new Map(statuses.filter(({ sha }) => sha === headSha).map((each) => [each.context, each]));
  const told = [...latest.values()].map(({ state, context, description }) =>
    lineHtml(state, context, plainHtml(description)),
  );
  return [...runs, ...told].join('');
}

/** Of every commit that it is about. */
function deploymentsHtml({ deployments }: FakeRepository, { commits, mergeCommitSha }: FakePullRequest): string {
  return deployments
    .filter(({ sha }) => sha === mergeCommitSha || commits.has(sha))
    .map(({ environment, sha, statuses }) => {
      const last = statuses.at(-1);
      return lineHtml(
        last?.state ?? 'queued',
        `${environment} ${sha.slice(0, 10)}`,
        plainHtml(last?.description ?? ''),
      );
    })
    .join('');
}

function lineHtml(state: string, name: string, html: string): string {
  return `<p><span class="dot ${plainHtml(state)}">● ${plainHtml(state)}</span> <b>${plainHtml(name)}</b><br>${html}</p>`;
}
