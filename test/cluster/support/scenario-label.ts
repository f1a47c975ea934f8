import { setTimeout } from 'node:timers/promises';

import { KubeError, type KubeClient } from '@release-manager/testing/control-plane';

export interface Pods {
  readonly namespace: string;
  readonly app: string;
}

/** Takes the label `scenario` off the pods, also of those that still come, until what is waited for is there. */
export async function untilHealed<Result>(
  client: KubeClient,
  { namespace, app }: Pods,
  wait: () => PromiseLike<Result>,
): Promise<Result> {
  const over = new AbortController();
  const heal = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const pods = await client.list({ kind: 'Pod', namespace, labels: `app=${app},scenario` });
      for (const { metadata } of pods) {
        const change = { metadata: { labels: { scenario: null } } };
        await client.patch({ kind: 'Pod', namespace, name: metadata.name }, change).catch(ignoreGone);
      }
      await setTimeout(200);
    }
  };
  const healing = heal();
  try {
    return await wait();
  } finally {
    over.abort();
    await healing;
  }
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof KubeError && error.code === 404)) throw error;
}
