import type { Database } from '@release-manager/postgres';
import type { Logger } from '@release-manager/runtime';

import type { DeliveryKind } from '../delivery.ts';

export interface SenderDeps {
  readonly database: Database;
  readonly kinds: readonly DeliveryKind[];
  readonly logger: Logger;
  readonly now: () => Date;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Masks secrets in what is kept of an error. */
  readonly redact: (text: string) => string;
  /** Hears how each try ended. */
  readonly onTry: (end: string, outcome: string) => void;
}
