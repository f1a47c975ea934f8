import { AppError } from '@release-manager/domain';

import type { DeliveryKind } from './delivery.ts';

/** A kind that puts a message on a board over HTTP, once per key; one in doubt is looked up first. */
export function messageBoard(url: string): DeliveryKind {
  return {
    kind: 'slack.board',
    end: 'slack',
    async deliver({ key, inDoubt }, { spend, signal }) {
      const address = `${url}/${encodeURIComponent(key)}`;
      if (inDoubt && (await fetch(address, { signal })).ok) return { outcome: 'sent', external: { found: 'yes' } };
      await spend('board');
      const response = await fetch(address, { method: 'POST', signal });
      if (!response.ok) throw new AppError('unavailable', 'board.away', 'The board does not answer.');
      return { outcome: 'sent', external: { found: 'no' } };
    },
  };
}
