import type { DoctorCheck } from '@release-manager/contract';
import { AppError, messageOf } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';
import type { MessageQueue } from '@release-manager/storage';

import { ProblemStore } from './problem-store.ts';

export interface CheckIncomingDeps {
  readonly database: Database;
  /** Absent where the bucket tells of nothing. */
  readonly messages?: MessageQueue | undefined;
  readonly now: () => Date;
}

const name = 'incoming';
const recentMs = 7 * 24 * 60 * 60 * 1000;

/** What there is to say of uploads straight to the bucket; nothing where nobody makes any. */
export async function checkIncoming({ database, messages, now }: CheckIncomingDeps): Promise<DoctorCheck[]> {
  const since = new Date(now().getTime() - recentMs);
  const { count, last } = await new ProblemStore(database.db).summarize(since);
  const problems: DoctorCheck[] =
    last === undefined
      ? []
      : [
          {
            name,
            status: 'warning',
            message: `${count} could not be taken in within a week; the last: ${last.subject}: ${last.message}`,
            next: `${last.next === undefined ? '' : `${last.next}; `}GET /v1/incoming-problems lists them`,
          },
        ];
  return messages === undefined ? problems : [await checkQueue(messages), ...problems];
}

async function checkQueue(messages: MessageQueue): Promise<DoctorCheck> {
  try {
    const waiting = await messages.waiting();
    return { name: 'incoming queue', status: 'ok', message: `${messages.description}, ${waiting} messages wait` };
  } catch (error) {
    const next = error instanceof AppError ? error.next : undefined;
    const failed = { name: 'incoming queue', status: 'failed', message: messageOf(error) } as const;
    return next === undefined ? failed : { ...failed, next };
  }
}
