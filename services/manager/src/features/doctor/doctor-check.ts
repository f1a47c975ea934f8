import type { DoctorCheck } from '@release-manager/contract';
import { AppError, messageOf } from '@release-manager/domain';

/** What a check found; its name is added by who runs it. */
export type Finding = Omit<DoctorCheck, 'name'>;

/** A check that throws has failed, with the words of the error. */
export async function runCheck(name: string, check: () => Promise<Finding>): Promise<DoctorCheck[]> {
  try {
    return [{ name, ...(await check()) }];
  } catch (error) {
    return [failedCheck(name, error)];
  }
}

export function failedCheck(name: string, error: unknown): DoctorCheck {
  const next = error instanceof AppError ? error.next : undefined;
  return { name, status: 'failed', message: messageOf(error), ...(next === undefined ? {} : { next }) };
}

/** `a, b, c and 4 more`: a page that nobody reads to its end helps nobody. */
export function listed(items: readonly string[], most = 5): string {
  const more = items.length > most ? ` and ${items.length - most} more` : '';
  return items.slice(0, most).join(', ') + more;
}
