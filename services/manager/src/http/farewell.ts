import type { ServerResponse } from 'node:http';

/**
 * Asks clients for another connection once the process leaves: those who come then, and those who wait for an answer. A
 * load balancer gives the next connection to somebody who stays, and no request meets one that is being closed.
 */
export function createFarewell(leaving: AbortSignal): (response: ServerResponse) => void {
  const waiting = new Set<ServerResponse>();
  const ask = (response: ServerResponse): void => {
    if (!response.headersSent) response.setHeader('connection', 'close');
  };
  leaving.addEventListener('abort', () => {
    for (const response of waiting) ask(response);
  });
  return (response) => {
    if (leaving.aborted) {
      ask(response);
      return;
    }
    waiting.add(response);
    response.on('close', () => waiting.delete(response));
  };
}
