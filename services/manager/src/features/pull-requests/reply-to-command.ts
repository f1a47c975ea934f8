import type { Database } from '@release-manager/postgres';

import type { ChatAnswer, ChatRequest } from '../chat/index.ts';
import { CommandStore } from './command-store.ts';
import { wantComment } from './want-comment.ts';

/** Brings the answer to a command into the one comment of its pull request; again is fine. */
export function createCommandReply({ database, now }: { readonly database: Database; readonly now: () => Date }) {
  return (request: ChatRequest, answer: ChatAnswer): Promise<void> =>
    database.transaction(async (tx) => {
      const commentId = request.reply?.['comment'];
      if (commentId === undefined) return;
      const at = now();
      const place = await new CommandStore(tx).answer(commentId, answer, at);
      if (place !== undefined) await wantComment(tx, place, 'final', at);
    });
}
