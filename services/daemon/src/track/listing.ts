import type { ListingFacts } from '@release-manager/contract';

import type { CompleteList } from '../kubernetes/index.ts';

const mostUids = 2_000;

export interface ListedKind {
  readonly of: ListingFacts['of'];
  readonly kind: string;
  readonly namespace: string | undefined;
}

/**
 * A complete list in pieces that follow each other without a gap: each is about the uids from its own first one to the first
 * one of the next, so that each piece can be judged by itself.
 */
export function listingsOf({ of, kind, namespace }: ListedKind, list: CompleteList): ListingFacts[] {
  const uids = list.uids.filter((uid) => uid !== '').toSorted();
  const starts = uids.length === 0 ? [0] : uids.flatMap((_, index) => (index % mostUids === 0 ? [index] : []));
  const resourceVersion = /^\d{1,20}$/.test(list.resourceVersion) ? list.resourceVersion : '0';
  return starts.map((start) => {
    const from = start === 0 ? undefined : uids[start];
    const to = uids[start + mostUids];
    return {
      type: 'listing',
      of,
      kind,
      resourceVersion,
      ...(namespace === undefined ? {} : { namespace }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      uids: uids.slice(start, start + mostUids),
    };
  });
}
