import type { HoldView, QuarantineView } from '@release-manager/contract';

import { ago } from '../../core/duration.ts';
import type { Piece } from '../../core/piece.ts';

interface Table {
  readonly heads: string[];
  readonly rows: Piece[][];
}

export function holdTable(holds: readonly HoldView[], now: Date): Table {
  return {
    heads: ['service', 'environment', 'since', 'by', 'until', 'reason'],
    rows: holds.map((hold) => [
      hold.service,
      hold.environment,
      ago(hold.since, now),
      hold.actor.name,
      hold.until ?? 'somebody resumes',
      reasonOf(hold),
    ]),
  };
}

export function quarantineTable(quarantines: readonly QuarantineView[], now: Date): Table {
  return {
    heads: ['artifact', 'service', 'environment', 'since', 'by', 'reason'],
    rows: quarantines.map((quarantine) => [
      quarantine.artifact,
      quarantine.service,
      quarantine.environment,
      ago(quarantine.since, now),
      quarantine.actor.name,
      reasonOf(quarantine),
    ]),
  };
}

function reasonOf({ reason, release, provisional }: HoldView | QuarantineView): string {
  if (release === undefined) return reason;
  return `${reason} (${provisional ? 'of a rollback that is still queued' : 'of a rollback'}: ${release})`;
}
