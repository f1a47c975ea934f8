import type { PodFacts } from '@release-manager/contract';

import type { Progress } from './progress.ts';

/** A pod that nothing owns: up when it is ready, or when it ended well. */
export function podProgress(pod: PodFacts): Progress {
  const isDone = pod.phase === 'Succeeded' || (pod.phase === 'Running' && pod.ready);
  const says = isDone ? `is ${pod.phase === 'Succeeded' ? 'complete' : 'ready'}` : `is ${pod.phase.toLowerCase()}`;
  return { isDone, done: Number(isDone), wanted: 1, says };
}
