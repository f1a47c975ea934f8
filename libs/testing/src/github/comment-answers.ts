import { gitHubError, notFound, ofRepository, ok, pageOf, textOf, unprocessable, type Answers } from './answer.ts';
import { renderComment, renderUser } from './render.ts';

const maxLength = 65_536;
const tooLong = unprocessable('body is too long (maximum is 65536 characters)');

export const commentAnswers: Answers = {
  'issues/list-comments': ofRepository((repository, { params, query, world }) => {
    const number = Number(params['issue_number']);
    if (!repository.pulls.has(number)) return notFound;
    const found = repository.comments.filter((comment) => comment.number === number);
    return ok(pageOf(found, query).map((comment) => renderComment(world, repository, comment)));
  }),

  'issues/list-comments-for-repo': ofRepository((repository, { query, world }) => {
    const since = new Date(query.get('since') ?? 0);
    const found = repository.comments
      .filter(({ updatedAt }) => updatedAt >= since)
      .toSorted((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime());
    return ok(pageOf(found, query).map((comment) => renderComment(world, repository, comment)));
  }),

  'issues/create-comment': ofRepository((repository, { params, body, world, login }) => {
    const number = Number(params['issue_number']);
    const pull = repository.pulls.get(number);
    if (pull === undefined) return notFound;
    const text = textOf(body, 'body') ?? '';
    if (text.trim() === '') return unprocessable('body cannot be blank', 'missing_field');
    if (text.length > maxLength) return tooLong;
    const at = world.now();
    const made = { id: world.nextId(), number, author: login, body: text, createdAt: at, updatedAt: at };
    const comment = { ...made, edits: 0, reactions: [] };
    repository.comments.push(comment);
    pull.updatedAt = at;
    return ok(renderComment(world, repository, comment), 201);
  }),

  'issues/update-comment': ofRepository((repository, { params, body, world, login }) => {
    const comment = repository.comments.find(({ id }) => id === Number(params['comment_id']));
    if (comment === undefined) return notFound;
    if (comment.author !== login) return gitHubError(403, 'You cannot edit this comment.');
    const text = textOf(body, 'body') ?? '';
    if (text.length > maxLength) return tooLong;
    comment.body = text;
    comment.updatedAt = world.now();
    comment.edits += 1;
    return ok(renderComment(world, repository, comment));
  }),

  'issues/delete-comment': ofRepository((repository, { params }) => {
    const index = repository.comments.findIndex(({ id }) => id === Number(params['comment_id']));
    if (index < 0) return notFound;
    repository.comments.splice(index, 1);
    return ok(undefined, 204);
  }),

  'reactions/create-for-issue-comment': ofRepository((repository, { params, body, world, login }) => {
    const comment = repository.comments.find(({ id }) => id === Number(params['comment_id']));
    if (comment === undefined) return notFound;
    const content = textOf(body, 'content') ?? '';
    const isThere = comment.reactions.some((one) => one.author === login && one.content === content);
    if (!isThere) comment.reactions.push({ author: login, content });
    const answer = { ...world.schema.example('reaction'), content, user: renderUser(world, login) };
    return ok(answer, isThere ? 200 : 201);
  }),
};
