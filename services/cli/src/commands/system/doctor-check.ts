import type { DoctorCheck } from '@release-manager/contract';
import { AppError, messageOf } from '@release-manager/domain';

/** What a check found; its name is added by who runs it. */
export type Finding = Omit<DoctorCheck, 'name'>;

/** A check that throws has failed, with the words of the error. */
export async function runCheck(name: string, check: () => Promise<Finding>): Promise<DoctorCheck> {
  try {
    return { name, ...(await check()) };
  } catch (error) {
    return failed(name, error);
  }
}

export function failed(name: string, error: unknown): DoctorCheck {
  const next = error instanceof AppError ? error.next : undefined;
  return { name, status: 'failed', message: messageOf(error), ...(next === undefined ? {} : { next }) };
}
