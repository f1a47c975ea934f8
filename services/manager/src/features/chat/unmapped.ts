import type { ChatAnswer } from './chat-answer.ts';
import type { ChatRequest } from './chat-request.ts';

/** What somebody is told whom people.yaml does not name: nothing was done, and which line is missing. */
export function unmapped({ source, asker }: Pick<ChatRequest, 'source' | 'asker'>, reason: string): ChatAnswer {
  // Slack's ids and GitHub's logins need no quotes in YAML; whatever else claims to be one is not repeated.
  const name = /^[A-Za-z0-9-]{1,60}$/.test(asker) ? asker : '…';
  return {
    ok: false,
    says: `Nothing was done, since it is not known who you are here. ${reason}`,
    next: `have somebody add this line to people.yaml, below people: - { id: <your id>, name: <your name>, emails: [<your e-mail>], ${source}: ${name} }`,
  };
}
