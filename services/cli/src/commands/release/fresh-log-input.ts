import type { ApiInput } from '../../core/api.ts';
import type { Context } from '../../core/context.ts';
import { UsageError } from '../../core/usage-error.ts';
import { resolveService } from '../../source/release-yaml.ts';

/** Of one container; the manager's own limit. */
export const mostLines = 1000;

/** What of an environment is asked for. */
interface Which {
  readonly pod: string | undefined;
  readonly container: string | undefined;
  readonly cluster: string | undefined;
  readonly previous: boolean;
  readonly lines: string | undefined;
}

interface Named {
  readonly service: string | undefined;
  readonly release: string | undefined;
}

/** Whether there is something that only makes sense when the cluster is asked. */
export function asksCluster({ pod, container, cluster, previous, lines }: Which): boolean {
  return previous || [pod, container, cluster, lines].some((given) => given !== undefined);
}

/** @throws UsageError */
export async function freshInput(
  context: Context,
  environment: string | undefined,
  { service, release, lines, pod, container, cluster, previous }: Which & Named,
): Promise<ApiInput<'requestLogs'>> {
  if (release !== undefined)
    throw new UsageError(
      'Of a release only the crashes are kept; what is asked of a cluster is what runs there now.',
      'leave --release out, or --fresh and what comes with it',
    );
  if (environment === undefined) throw new UsageError('Logs of which environment?', 'release-cli logs <env> --fresh');
  const count = parseLines(lines);
  const asked = { pod, container, cluster, previous, lines: count };
  return { ...asked, service: await resolveService(context, service), environment };
}

/** @throws UsageError */
function parseLines(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= mostLines) return number;
  throw new UsageError(`--lines needs a number from 1 to ${mostLines}, not "${text}".`);
}
