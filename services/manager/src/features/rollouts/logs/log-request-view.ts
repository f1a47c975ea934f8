import type { ContainerLogView, LogRequestView } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import type { AskedContainer, LogRequest } from './log-request-store.ts';

/** What became of a request, as of now. An answer counts whenever it comes; nobody is told to wait for it after the end. */
export function toLogRequestView(
  request: LogRequest,
  containers: readonly AskedContainer[],
  now: Date,
): LogRequestView {
  const { id, service, environment, askedAt, expiresAt, leftOut, silent } = request;
  const views = containers.map((each) => containerView(each, request, now));
  return {
    id,
    service,
    environment,
    state: stateOf(containers, views),
    askedAt: askedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    containers: views,
    leftOut,
    silent: [...silent],
  };
}

function stateOf(containers: readonly AskedContainer[], views: readonly ContainerLogView[]): LogRequestView['state'] {
  if (views.length === 0) return 'nobody';
  if (views.some(({ state }) => state === 'pending')) return 'pending';
  if (views.some(({ state }) => state === 'answered')) return 'answered';
  return containers.some(({ finishedAt }) => finishedAt !== undefined) ? 'failed' : 'expired';
}

function containerView(asked: AskedContainer, { askedAt, expiresAt }: LogRequest, now: Date): ContainerLogView {
  const { answer, cluster, namespace, pod, container } = asked;
  const place = { cluster, namespace, pod, container, lines: [], cut: false };
  if (answer === undefined) {
    if (now < expiresAt) return { ...place, state: 'pending' };
    const seconds = Math.round((expiresAt.getTime() - askedAt.getTime()) / 1000);
    return {
      ...place,
      state: 'failed',
      says: `the daemon of ${cluster} did not answer within ${seconds} s`,
      next: 'ask again; `release-cli doctor` says when it was heard last',
    };
  }
  const { outcome, message, lines = [], cut = false } = answer;
  if (outcome === 'failed') return { ...place, state: 'failed', says: message ?? 'the daemon did not say why' };
  return compact({ ...place, state: 'answered' as const, lines: [...lines], cut, says: message });
}
