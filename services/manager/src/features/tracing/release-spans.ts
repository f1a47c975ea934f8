import { createHash } from 'node:crypto';

import type { FinishedSpan } from '@release-manager/tracing';

/** A release as its trace shows it. */
export interface TracedRelease {
  readonly id: string;
  readonly service: string;
  readonly environment: string;
  readonly artifactId?: string | undefined;
  readonly intent: string;
  readonly automatic: boolean;
  readonly commitSha?: string | undefined;
  /** Its failure was told of before: what is new is that it healed. */
  readonly failureIsTold?: boolean;
  /** Every transition, in order. */
  readonly steps: readonly { readonly to: string; readonly at: Date; readonly cause: string }[];
}

const failures = new Set(['failed', 'denied']);

/** The same for one release wherever and whenever it is asked, so that a trace is found by the id of its release. */
export function traceIdOf(releaseId: string): string {
  return digest(`trace ${releaseId}`, 32);
}

/**
 * One trace per release: a span from the request to the end, below it one for each state that it was in. A release that heals
 * after it had failed was told of already, and gets one span more.
 */
export function releaseSpans(release: TracedRelease): readonly FinishedSpan[] {
  const { id, steps } = release;
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return [];
  const traceId = traceIdOf(id);
  const rootId = digest(`root ${id}`, 16);
  const states = steps.slice(0, -1).map((step, index): FinishedSpan => ({
    traceId,
    spanId: digest(`${index} ${id}`, 16),
    parentId: rootId,
    name: step.to,
    start: step.at,
    end: steps[index + 1]?.at ?? step.at,
    attributes: { 'release.cause': step.cause },
  }));
  const failed = steps.findIndex(({ to }) => to === 'failed');
  if (release.failureIsTold === true && failed >= 0) return states.slice(failed);
  const root: FinishedSpan = {
    traceId,
    spanId: rootId,
    name: `release ${release.service} to ${release.environment}`,
    start: first.at,
    end: last.at,
    attributes: attributesOf(release, last.to),
    ...(failures.has(last.to) ? { failure: last.cause } : {}),
  };
  return [root, ...states];
}

function attributesOf(release: TracedRelease, state: string): FinishedSpan['attributes'] {
  const { artifactId, commitSha } = release;
  return {
    'release.id': release.id,
    'release.service': release.service,
    'release.environment': release.environment,
    'release.intent': release.intent,
    'release.automatic': release.automatic,
    'release.state': state,
    ...(artifactId === undefined ? {} : { 'release.artifact': artifactId }),
    ...(commitSha === undefined ? {} : { 'release.commit': commitSha }),
  };
}

function digest(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
