import type { Database } from '@release-manager/postgres';

import type { SendGuarded } from './guarded-request.ts';
import type { Receiver } from './receivers.ts';

export interface OutgoingDeps {
  readonly database: Database;
  readonly receivers: readonly Receiver[];
  /** Of the manager: who sends. */
  readonly publicUrl: string;
  readonly send: SendGuarded;
  /** Environments in which somebody is called at night. */
  readonly isProtected: (environment: string) => boolean;
  readonly now: () => Date;
}
