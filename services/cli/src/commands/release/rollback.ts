import { randomUUID } from 'node:crypto';

import type { ReleaseOutcome, RollbackView } from '@release-manager/contract';

import type { Api } from '../../core/api.ts';
import type { Context } from '../../core/context.ts';
import { defineCommand } from '../../core/define-command.ts';
import { parseDuration } from '../../core/duration.ts';
import { exitCodes, type ExitCode } from '../../core/exit-code.ts';
import { UsageError } from '../../core/usage-error.ts';
import { resolveService } from '../../source/release-yaml.ts';
import { carryOut, defaultFollowSeconds } from './carry-out.ts';
import { assertArtifactId } from './release-target.ts';
import { followOptions } from './release.ts';
import { rollbackLines } from './rollback-words.ts';

export const rollback = defineCommand({
  noun: 'rollback',
  summary: 'Puts an artifact back, and keeps automation from undoing it.',
  details: [
    'By default it goes to the newest artifact before the current one that ended healthy there (or was committed, where no daemon reports), differs from it and is not quarantined. It holds automation in the environment until somebody runs `resume`, and quarantines what it leaves behind. Where the bad release is still queued it is cancelled, and nothing has to be committed.',
    'Branch, freeze, soak and approval rules do not stand in the way back. What somebody else rolled back in the meantime is shown and not done twice.',
  ],
  args: { environment: { summary: 'The environment.' } },
  options: {
    service: { type: 'string', value: 'name', summary: 'The service; that of release.yaml by default.' },
    to: {
      type: 'string',
      value: 'artifact',
      completes: 'artifact',
      summary: 'Back to this artifact, which was there before.',
    },
    reason: {
      type: 'string',
      value: 'text',
      summary: 'Why, for the record and everybody who meets the hold; asked for on a terminal.',
    },
    'dry-run': { type: 'boolean', summary: 'Shows where it would go and what it would stop, and changes nothing.' },
    ...followOptions,
  },
  shows: true,
  examples: [
    { line: 'release-cli rollback prod --reason "empty carts"', says: 'to the one before' },
    { line: 'release-cli rollback prod --to main-0123456789-abcdef0123', says: 'to this one; asks why' },
    { line: 'release-cli rollback prod --dry-run', says: 'where would it go?' },
  ],
  async run({ args, options, context }) {
    if (options.to !== undefined) assertArtifactId(options.to);
    const timeoutSeconds = parseDuration(options.timeout, defaultFollowSeconds);
    const service = await resolveService(context, options.service);
    const api = await context.api();
    const asked = { service, environment: args.environment, ...(options.to === undefined ? {} : { to: options.to }) };
    const plan = await api.call('planRollback', asked);
    if (options['dry-run']) return showPlan(context, plan);
    if (plan.outcome === 'already-there')
      return finish(context, api, plan, { wait: !options['no-wait'], timeoutSeconds });
    say(context, plan);
    const reason = await reasonOf(context, options.reason);
    // What was seen goes along: when it is not there any more, nothing happens.
    const seen = plan.from === undefined ? {} : { from: plan.from };
    const done = await api.call('requestRollback', { ...asked, ...seen, reason, idempotencyKey: randomUUID() });
    if (differs(plan, done)) say(context, done);
    return finish(context, api, done, { wait: !options['no-wait'], timeoutSeconds });
  },
});

function say({ output, world }: Context, rollback: RollbackView): void {
  for (const line of rollbackLines(rollback, world.now())) output.say(...line);
}

/** Between looking and doing somebody may have done something. */
function differs(plan: RollbackView, done: RollbackView): boolean {
  return plan.outcome !== done.outcome || plan.to?.artifact !== done.to?.artifact;
}

async function showPlan(context: Context, plan: RollbackView): Promise<ExitCode> {
  await context.output.show({ value: plan, table: rollbackLines(plan, context.world.now()) });
  return plan.outcome === 'denied' ? exitCodes.denied.code : exitCodes.done.code;
}

/** @throws UsageError off a terminal, where nobody can be asked */
async function reasonOf({ world, output }: Context, given: string | undefined): Promise<string> {
  const reason = given ?? (await ask());
  if (reason.trim() !== '') return reason.trim();
  throw new UsageError('A rollback needs a reason: everybody who meets its hold asks why.', 'add --reason "…"');

  async function ask(): Promise<string> {
    if (!world.stdin.isTTY || !world.stderr.isTTY) return '';
    return world.stdin.readLine({ hidden: false, ask: () => output.say('Why?') });
  }
}

/** Follows the release, where there is one that is not at its end; the exit code is that of a release. */
async function finish(
  context: Context,
  api: Api,
  rollback: RollbackView,
  options: { readonly wait: boolean; readonly timeoutSeconds: number },
): Promise<ExitCode> {
  const { service, environment, message, release, outcome } = rollback;
  const isOpen = outcome === 'accepted' || (outcome === 'already-there' && release?.ended === false);
  if (outcome === 'already-there' && isOpen) context.output.say(`${environment}: ${message}`);
  const followed: ReleaseOutcome = {
    environment,
    outcome: isOpen ? 'accepted' : outcome === 'denied' ? 'denied' : 'already-there',
    message,
    ...(release === undefined ? {} : { release }),
  };
  return carryOut(context, api, [followed], {
    ...options,
    service,
    shown: ([end]) => ({ ...rollback, ...(end === undefined ? {} : { release: end }) }),
  });
}
