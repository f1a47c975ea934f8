import {
  accessCluster,
  startCluster,
  type Cluster,
  type ClusterAccess,
  type ClusterConnection,
  type ClusterOptions,
} from '@release-manager/testing/control-plane';
import { afterAll, afterEach, beforeAll, describe, inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** The cluster of the whole run, or why there is none. */
    cluster: { readonly connection: ClusterConnection } | { readonly missing: string };
  }
}

/** A suite that needs a cluster; where none can run it is skipped, for the reason that the run says at its beginning. */
export const describeCluster = 'missing' in inject('cluster') ? describe.skip : describe;

/**
 * The cluster that the whole run shares, with Flux. What a test makes there lies in namespaces of its own, and nothing of the
 * shared programs is stopped: whoever needs that takes `ownCluster`. To be called in a hook or a test.
 */
export function sharedCluster(): ClusterAccess {
  const shared = inject('cluster');
  if ('missing' in shared) throw new Error(`there is no cluster: it ${shared.missing}`);
  return accessCluster(shared.connection);
}

/**
 * A cluster for one suite, started before its first test and gone after its last one; its logs stay when a test has failed.
 * To be called in a `describeCluster`; @returns what gives the cluster to hooks and tests.
 */
export function ownCluster(options: ClusterOptions): () => Cluster {
  let cluster: Cluster | undefined;
  let failed = false;
  beforeAll(async () => {
    cluster = await startCluster(options);
  }, 300_000);
  afterEach(({ task }) => {
    failed ||= task.result?.state === 'fail';
  });
  afterAll(async () => {
    await cluster?.stop({ keepLogs: failed });
    if (failed) process.stderr.write(`logs of the cluster ${options.name}: ${cluster?.logs ?? 'none'}\n`);
  });
  return () => {
    if (cluster === undefined) throw new Error(`the cluster ${options.name} is not up: ask for it in a hook or a test`);
    return cluster;
  };
}
