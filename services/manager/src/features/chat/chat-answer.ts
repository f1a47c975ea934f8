import { AppError } from '@release-manager/domain';

/** What is said back, as plain text of ours and of names; whoever shows it makes it safe for where it is shown. */
export interface ChatAnswer {
  /** Whether it was done, or was so already. */
  readonly ok: boolean;
  readonly says: string;
  /** What to do next. */
  readonly next?: string | undefined;
  /** What containers printed, shown as it is. */
  readonly log?: string | undefined;
}

/** Errors that may pass by themselves; with the others, asking again changes nothing. */
export function mayPass(error: unknown): boolean {
  return (
    !(error instanceof AppError) || error.kind === 'unavailable' || error.kind === 'limited' || error.kind === 'bug'
  );
}

export function refused(error: unknown): ChatAnswer {
  if (!(error instanceof AppError) || error.kind === 'bug')
    return { ok: false, says: 'That did not work, by a fault of the release manager.', next: 'Its log says more.' };
  return { ok: false, says: error.message, next: error.next };
}
