import type { ContainerLogView, LogRequestView } from '@release-manager/contract';

import type { Output } from '../../core/output.ts';
import { styled, type Piece } from '../../core/piece.ts';

/**
 * The lines as they were printed, so that they can be piped; where several containers answer each line says whose it is, as
 * `kubectl logs --prefix` does.
 */
export function answerLines(request: LogRequestView): Piece[][] {
  const isAlone = request.containers.length === 1;
  return request.containers.flatMap((container) =>
    container.lines.map((line): Piece[] =>
      isAlone ? [line] : [styled('dim', `[${nameOf(container, request)}] `), line],
    ),
  );
}

/** What is to be known of an answer beside its lines. */
export function sayAnswer(output: Output, request: LogRequestView): void {
  const { containers, leftOut, silent, service, environment } = request;
  for (const { says, next } of silent) output.warn(says, next);
  for (const container of containers) sayContainer(output, container, nameOf(container, request));
  if (leftOut > 0) {
    const what = leftOut === 1 ? '1 more container' : `${leftOut} more containers`;
    output.say(`${what} of ${service} in ${environment} not asked; --pod, --container or --cluster choose`);
  }
}

function sayContainer(output: Output, { state, lines, cut, says, next }: ContainerLogView, name: string): void {
  if (state === 'pending') {
    output.warn(`${name}: nobody answered`, 'see `release-cli doctor`');
  } else if (state === 'failed') {
    output.warn(`${name}: ${says ?? 'there is no log'}`, next);
  } else {
    const count = lines.length === 0 ? 'printed nothing' : lines.length === 1 ? '1 line' : `${lines.length} lines`;
    const before = cut ? ', there are earlier ones' : '';
    output.say(styled('bold', name), styled('dim', ` ${count}${before}`), says === undefined ? '' : ` – ${says}`);
  }
}

function nameOf({ cluster, pod, container }: ContainerLogView, { containers, silent }: LogRequestView): string {
  const clusters = new Set([...containers, ...silent].map((each) => each.cluster));
  return clusters.size > 1 ? `${cluster}/${pod}/${container}` : `${pod}/${container}`;
}
