import type { DoctorCheck } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';

import type { Context } from '../../core/context.ts';
import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { styled, type Piece } from '../../core/piece.ts';
import { failed } from './doctor-check.ts';
import { localChecks } from './local-checks.ts';
import { managerChecks } from './manager-checks.ts';

const colours = { ok: 'green', warning: 'yellow', failed: 'red' } as const;

export const doctor = defineCommand({
  noun: 'doctor',
  summary: 'Checks this machine, the folder and the manager, and says what to do about what is wrong.',
  details: ['Ends with 1 when something failed; a warning is something that will fail, or that nobody can have meant.'],
  shows: true,
  examples: [
    { line: 'release-cli doctor', says: 'what is wrong?' },
    { line: 'release-cli doctor --json', says: 'for a program' },
  ],
  async run({ context }) {
    const checks = [...(await localChecks(context)), ...(await managerChecks(context)), ...(await ofManager(context))];
    await context.output.show({
      value: { checks },
      table: { heads: ['status', 'check', 'says'], rows: checks.flatMap(rowsOf) },
    });
    const count = (status: DoctorCheck['status']): number => checks.filter((check) => check.status === status).length;
    context.output.say(`${checks.length} checks: ${count('failed')} failed, ${count('warning')} warnings`);
    return count('failed') > 0 ? exitCodes.error.code : exitCodes.done.code;
  },
});

function rowsOf({ name, status, message, next }: DoctorCheck): Piece[][] {
  const row = [styled(colours[status], status), styled('bold', name), message];
  return next === undefined ? [row] : [row, ['', '', styled('dim', `→ ${next}`)]];
}

/** What the manager finds when it looks at itself. */
async function ofManager(context: Context): Promise<readonly DoctorCheck[]> {
  try {
    return (await (await context.api()).call('runDoctor', {})).checks;
  } catch (error) {
    // What the manager stands on is for people to see; a ci token may only upload and read.
    const isSaidAlready = error instanceof AppError && ['forbidden', 'unauthenticated'].includes(error.kind);
    const isAway = error instanceof AppError && error.code.startsWith('client.');
    return isSaidAlready || isAway ? [] : [failed('manager checks', error)];
  }
}
