import type { ListingFacts } from '@release-manager/contract';

import type { Fields } from '../objects/index.ts';
import type { Owned } from './owned.ts';
import type { Reporter } from './reporter.ts';

/** What is done with the objects of one kind. */
export interface KindTracker {
  /** How its lists are told; absent: they are not. */
  readonly of: ListingFacts['of'] | undefined;
  /** Which of a list are told; absent: all. */
  isTold?(uid: string): boolean;
  seen(object: Fields): void;
  /** It was deleted while it was watched; this is how it was last. */
  deleted(object: Fields): void;
  /** It is still there, but carries our labels no more: somebody took them off by hand. */
  disowned?(object: Fields): void;
  /** A list of a whole kind, or of a namespace of it, was read to its end. */
  listed?(uids: readonly string[], namespace: string | undefined): void;
  /** It was deleted unseen: the list that does not have it any more tells that. */
  missing(uid: string): void;
}

export interface Surroundings {
  readonly reporter: Reporter;
  readonly owned: Owned;
}
