import type { ReleaseView } from '@release-manager/contract';

import type { Api } from '../../core/api.ts';
import type { Context } from '../../core/context.ts';
import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { UsageError } from '../../core/usage-error.ts';
import { resolveService } from '../../source/release-yaml.ts';
import { assertReleaseId } from './follow.ts';
import { asksCluster, freshInput, mostLines } from './fresh-log-input.ts';
import { showFreshLogs } from './fresh-logs.ts';
import { logLines } from './rollout-words.ts';

export const logs = defineCommand({
  noun: 'logs',
  summary:
    'Shows what containers printed before they died, the last crash at the end; or, with --fresh, what they print now.',
  details: [
    'Without --fresh these are the logs of crashes since the release was committed, which the daemon of each cluster sent: the last lines of the run that died.',
    'With --fresh, or an option that only makes sense with it (--pod, --container, --cluster, --previous, --lines), the daemons are asked now: pods that are not well first, at most ten containers. The lines go to stdout as they were printed, and with the name of the pod where several answer.',
    'Either way they are bounded, secrets are masked, and nobody needs access to the cluster to read them.',
  ],
  usage: ['<env>', '<env> --fresh', '--release <id>'],
  args: { environment: { optional: true, summary: 'The environment; not needed with --release.' } },
  options: {
    service: { type: 'string', value: 'name', summary: 'The service; that of release.yaml by default.' },
    release: { type: 'string', value: 'id', summary: 'Of this release, instead of the one that is there now.' },
    fresh: { type: 'boolean', summary: 'Asks the cluster for what the containers print now.' },
    pod: { type: 'string', value: 'pod', summary: 'Fresh, of this pod only.' },
    container: {
      type: 'string',
      value: 'container',
      summary: 'Fresh, of this container only; by default all but init containers that are done.',
    },
    cluster: { type: 'string', value: 'cluster', summary: 'Fresh, of this cluster only.' },
    previous: { type: 'boolean', summary: 'Fresh, of the run before the last restart.' },
    lines: {
      type: 'string',
      value: 'number',
      summary: `Fresh, so many lines of each container from the end; 100 by default, at most ${mostLines}.`,
    },
  },
  shows: true,
  examples: [
    { line: 'release-cli logs prod', says: 'why does it crash in prod?' },
    { line: 'release-cli logs prod --fresh', says: 'what does it print right now?' },
    { line: 'release-cli logs prod --pod web-7f9c-x2x --previous --lines 500', says: 'and before its last restart?' },
    { line: 'release-cli logs --release rel_01j9z3k8y2v7m5n4p6q0r1s2t3', says: 'since that release was committed' },
  ],
  async run({ args, options, context }) {
    const { environment } = args;
    if (options.fresh || asksCluster(options))
      return showFreshLogs(context, await freshInput(context, environment, options));
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
  return `no container of ${service} was seen to die in ${environment} since ${id}; --fresh shows what they print now`;
}
