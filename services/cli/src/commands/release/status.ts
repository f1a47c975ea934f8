import type { EnvironmentStatus, QuarantineView, ServiceStatus } from '@release-manager/contract';

import type { Api } from '../../core/api.ts';
import type { Context } from '../../core/context.ts';
import { defineCommand } from '../../core/define-command.ts';
import { ago } from '../../core/duration.ts';
import { exitCodes, type ExitCode } from '../../core/exit-code.ts';
import type { View } from '../../core/output.ts';
import { allPages } from '../../core/paging.ts';
import { styled, type Piece } from '../../core/piece.ts';
import { truncate } from '../../core/text-width.ts';
import { UsageError } from '../../core/usage-error.ts';
import { findService } from '../../source/release-yaml.ts';
import { statePiece } from './describe-release.ts';
import { watchChanges } from './watch-changes.ts';

export const status = defineCommand({
  noun: 'status',
  summary: 'Shows what is where: the artifact in each environment, and what is on its way.',
  options: {
    service: { type: 'string', value: 'name', summary: 'Only this service; that of release.yaml by default.' },
    all: { type: 'boolean', summary: 'Every service, also inside the folder of one.' },
    watch: { type: 'boolean', short: 'w', summary: 'Stays, and shows every change until Ctrl-C.' },
  },
  shows: true,
  examples: [
    { line: 'release-cli status', says: 'of the service whose folder this is' },
    { line: 'release-cli status --all --json', says: 'of everything, for a program' },
  ],
  async run({ options, context }) {
    if (options.watch && context.output.format !== 'table')
      throw new UsageError('--watch is for people; a program reads GET /v1/events.');
    const service = options.all ? undefined : await findService(context, options.service);
    const api = await context.api();
    await context.output.show(view(await readStatus(api, service), context));
    return options.watch ? watch(context, api, service) : exitCodes.done.code;
  },
});

function readStatus(api: Api, service: string | undefined): Promise<ServiceStatus[]> {
  return allPages((cursor) => api.call('showStatus', { service, cursor, limit: 500 }));
}

/** A terminal is cleared and shown anew; a log gets the table again below, with the change that caused it above. */
async function watch(context: Context, api: Api, service: string | undefined): Promise<ExitCode> {
  const { world, output } = context;
  await watchChanges(world, api, service, async (entries) => {
    if (world.stdout.isTTY) output.clear();
    for (const entry of entries)
      output.say(`${entry.at} ${entry.service ?? ''} ${entry.environment ?? ''}: ${entry.cause}`);
    await output.show(view(await readStatus(api, service), context));
  });
  return exitCodes.interrupted.code;
}

function view(services: readonly ServiceStatus[], { world }: Context): View {
  const now = world.now();
  return {
    value: services,
    empty: 'nothing is released anywhere yet',
    table: {
      heads: ['service', 'environment', 'artifact', 'state', 'by', 'since', 'message'],
      rows: services.flatMap(({ service, environments }) =>
        environments.flatMap(({ environment, current, pending, hold, quarantines = [] }) => [
          current === undefined
            ? [service, environment, '-', '', '', '', '']
            : [
                service,
                environment,
                current.artifact,
                current.release === undefined ? '' : statePiece(current.release.state),
                current.release?.actor.name ?? '',
                current.release === undefined ? '' : ago(current.release.committedAt ?? current.release.updatedAt, now),
                truncate(current.message?.split('\n')[0] ?? '', 60),
              ],
          ...stopRows({ service, environment, hold, quarantines, now }),
          ...pending.map((release): Piece[] => [
            service,
            environment,
            `→ ${release.artifact ?? 'undeploy'}`,
            statePiece(release.state),
            release.actor.name,
            ago(release.requestedAt, now),
            release.says,
          ]),
        ]),
      ),
    },
  };
}

interface Stops extends Pick<EnvironmentStatus, 'environment' | 'hold'> {
  readonly service: string;
  readonly quarantines: readonly QuarantineView[];
  readonly now: Date;
}

/** What stops releases there, between what is there and what is on its way. */
function stopRows({ service, environment, hold, quarantines, now }: Stops): Piece[][] {
  const held = hold === undefined ? [] : [{ ...hold, what: '‖', word: styled('yellow', 'held') }];
  const bad = quarantines.map((each) => ({ ...each, what: `✗ ${each.artifact}`, word: styled('red', 'quarantined') }));
  return [...held, ...bad].map(({ what, word, actor, since, reason }) => [
    service,
    environment,
    what,
    word,
    actor.name,
    ago(since, now),
    truncate(reason, 60),
  ]);
}
