import { AppError } from '@release-manager/domain';

import type { GithubSelf } from './github-api.ts';
import { unlessGone, type Call, type GithubCalls } from './github-calls.ts';
import type { GithubRepository } from './github-repository.ts';
import { maxCommentLength, type IssueComment, type IssueComments } from './issue-comment.ts';

interface CommentAnswer {
  readonly id: number;
  readonly body?: string;
  readonly user: { readonly login: string } | null;
  readonly html_url: string;
  readonly issue_url: string;
  readonly created_at: string;
  readonly updated_at: string;
}

const pageSize = 100;
const mostPages = 10;
const mostUpdatedPages = 3;

export function createIssueComments(
  calls: GithubCalls,
  self: (signal?: AbortSignal) => Promise<GithubSelf>,
): IssueComments {
  const read = async (answer: CommentAnswer, signal?: AbortSignal): Promise<IssueComment> =>
    commentOf(answer, await self(signal));

  return {
    ...createReads(calls, self),
    async create(repository, number, body, signal) {
      assertShort(body);
      const { data } = await calls.write(call(repository, `commenting on #${number}`, signal), (client, where) =>
        client.rest.issues.createComment({ ...where, issue_number: number, body }),
      );
      return read(data, signal);
    },
    async update(repository, id, body, signal) {
      assertShort(body);
      const changed = await unlessGone(
        calls.write(call(repository, `changing the comment ${id}`, signal), (client, where) =>
          client.rest.issues.updateComment({ ...where, comment_id: id, body }),
        ),
      );
      return changed === undefined ? undefined : read(changed.data, signal);
    },
    async remove(repository, id, signal) {
      await unlessGone(
        calls.write(call(repository, `deleting the comment ${id}`, signal), (client, where) =>
          client.rest.issues.deleteComment({ ...where, comment_id: id }),
        ),
      );
    },
    async react(repository, id, reaction, signal) {
      await calls.write(call(repository, `answering the comment ${id}`, signal), (client, where) =>
        client.rest.reactions.createForIssueComment({ ...where, comment_id: id, content: reaction }),
      );
    },
  };
}

function createReads(
  calls: GithubCalls,
  self: (signal?: AbortSignal) => Promise<GithubSelf>,
): Pick<IssueComments, 'findOwn' | 'updatedSince'> {
  return {
    async findOwn(repository, number, marker, signal) {
      const us = await self(signal);
      const asked = call(repository, `reading the comments of #${number}`, signal);
      for (let page = 1; page <= mostPages; page++) {
        const { data } = await calls.read(asked, (client, where) =>
          client.rest.issues.listComments({ ...where, issue_number: number, per_page: pageSize, page }),
        );
        const found = data.map((answer) => commentOf(answer, us)).find((one) => one.isOwn && one.body.includes(marker));
        if (found !== undefined || data.length < pageSize) return found;
      }
      return undefined;
    },
    async updatedSince(repository, since, signal) {
      const us = await self(signal);
      const found: (IssueComment & { readonly number: number })[] = [];
      for (let page = 1; page <= mostUpdatedPages; page++) {
        const { data } = await calls.read(call(repository, 'reading new comments', signal), (client, where) =>
          client.rest.issues.listCommentsForRepo({
            ...where,
            since: since.toISOString(),
            sort: 'updated',
            direction: 'asc',
            per_page: pageSize,
            page,
          }),
        );
        found.push(...data.map((answer) => ({ ...commentOf(answer, us), number: numberOf(answer.issue_url) })));
        if (data.length < pageSize) break;
      }
      return found;
    },
  };
}

function call(repository: GithubRepository, what: string, signal?: AbortSignal): Call {
  return { repository, what, permission: 'Pull requests: write', signal };
}

function commentOf(answer: CommentAnswer, self: GithubSelf): IssueComment {
  const author = answer.user?.login;
  return {
    id: answer.id,
    body: answer.body ?? '',
    author,
    isOwn: author?.toLowerCase() === self.login.toLowerCase(),
    url: answer.html_url,
    createdAt: new Date(answer.created_at),
    updatedAt: new Date(answer.updated_at),
  };
}

function numberOf(issueUrl: string): number {
  return Number(issueUrl.slice(issueUrl.lastIndexOf('/') + 1));
}

function assertShort(body: string): void {
  if (body.length <= maxCommentLength) return;
  throw new AppError(
    'invalid',
    'github.text-too-long',
    `A comment of ${body.length} characters is too long for GitHub.`,
    {
      next: `Keep it below ${maxCommentLength}.`,
    },
  );
}
