import type { ReleaseView } from '@release-manager/contract';

import type { Api } from '../../core/api.ts';
import type { Context } from '../../core/context.ts';
import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { UsageError } from '../../core/usage-error.ts';
import { resolveService } from '../../source/release-yaml.ts';
import { assertReleaseId } from './follow.ts';
import { logLines } from './rollout-words.ts';

export const logs = defineCommand({
  noun: 'logs',
  summary:
    'Shows what containers printed before they died, since the release was committed; the last crash at the end.',
  details: [
    'These are the logs of crashes that the daemon of each cluster sent: the last lines of the run that died, bounded and with secrets masked. Nobody needs access to the cluster to read them.',
  ],
  usage: ['<env>', '--release <id>'],
  args: { environment: { optional: true, summary: 'The environment; not needed with --release.' } },
  options: {
    service: { type: 'string', value: 'name', summary: 'The service; that of release.yaml by default.' },
    release: { type: 'string', value: 'id', summary: 'Of this release, instead of the one that is there now.' },
  },
  shows: true,
  examples: [
    { line: 'release-cli logs prod', says: 'why does it crash in prod?' },
    { line: 'release-cli logs --release rel_01j9z3k8y2v7m5n4p6q0r1s2t3', says: 'since that release was committed' },
  ],
  async run({ args, options, context }) {
    const { environment } = args;
    if (options.release !== undefined) assertReleaseId(options.release);
    const subject =
      options.release === undefined
        ? await currentRelease(context, environment, options.service)
        : await namedRelease(context, options.release, environment);
    const { api, release } = subject;
    const { items } = release === undefined ? { items: [] } : await api.call('listCrashLogs', { id: release.id });
    const several = new Set(items.map(({ cluster }) => cluster)).size > 1;
    await context.output.show({
      value: items,
      empty: release === undefined ? subject.none : sayNone(release),
      table: items.toReversed().flatMap((log) => logLines(log, several)),
    });
    return exitCodes.done.code;
  },
});

/** Whose logs are shown; without a release, why there is none. */
type Subject =
  | { readonly api: Api; readonly release: ReleaseView; readonly none?: undefined }
  | { readonly api: Api; readonly release?: undefined; readonly none: string };

/** @throws UsageError */
async function currentRelease(
  context: Context,
  environment: string | undefined,
  named: string | undefined,
): Promise<Subject> {
  if (environment === undefined)
    throw new UsageError('Logs of which environment?', 'release-cli logs <env>, or --release <id>');
  const service = await resolveService(context, named);
  const api = await context.api();
  const { status } = await api.call('explainEnvironment', { service, environment });
  const release = status.current?.release;
  return release === undefined ? { api, none: `${service} is not in ${environment} by a release` } : { api, release };
}

/** @throws UsageError when it went somewhere else */
async function namedRelease(context: Context, id: string, environment: string | undefined): Promise<Subject> {
  const api = await context.api();
  const release = await api.call('showRelease', { id });
  if (environment === undefined || environment === release.environment) return { api, release };
  throw new UsageError(`${id} is a release of ${release.service} into ${release.environment}, not ${environment}.`);
}

function sayNone({ service, environment, id, state, ended }: ReleaseView): string {
  if (state === 'committed' && ended)
    return `no daemon reported from ${environment} when ${id} was committed, so there are no logs of it`;
  return `no container of ${service} was seen to die in ${environment} since ${id}`;
}
