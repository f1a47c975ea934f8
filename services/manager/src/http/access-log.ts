import type { Logger, Metrics } from '@release-manager/runtime';
import type { RequestHandler } from 'express';

import type { FactsByRequest } from './request-facts.ts';

interface AccessLogOptions {
  readonly facts: FactsByRequest;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** One line and one observation per request, by the template of its route: a raw path can hold a credential. */
export function accessLog({ facts, logger, metrics }: AccessLogOptions): RequestHandler {
  const seconds = metrics.histogram({
    name: 'release_manager_http_request_seconds',
    help: 'Seconds from a request to the end of its answer',
    labels: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  return (request, response, next) => {
    const about = facts.of(request);
    response.on('close', () => {
      const elapsed = performance.now() - about.startedAt;
      const { route, quiet, actor, id: requestId } = about;
      // Methods are told by the router's words: whoever sends a thousand invented ones must not make a thousand series.
      const method = route === 'unmatched' ? 'any' : request.method;
      const status = String(response.statusCode);
      seconds.observe({ method, route, status }, elapsed / 1000);
      logger[quiet ? 'debug' : 'info']('request', {
        requestId,
        ...(actor === undefined ? {} : { actor }),
        method: request.method,
        route,
        status: response.statusCode,
        ms: Math.round(elapsed * 10) / 10,
        ...(response.writableFinished ? {} : { aborted: true }),
      });
    });
    next();
  };
}
