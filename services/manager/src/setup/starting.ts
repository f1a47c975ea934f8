import type { RequestListener } from 'node:http';

const starting = JSON.stringify({
  type: 'about:blank',
  title: 'Starting',
  status: 503,
  detail: 'The manager is starting.',
});

/** Until there is an API: alive for whoever would otherwise kill us, and not ready for everybody else. */
export const answerWhileStarting: RequestListener = (request, response) => {
  const isProbe = request.method === 'GET' || request.method === 'HEAD';
  if (isProbe && request.url?.split('?')[0] === '/healthz') {
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
    response.end(request.method === 'HEAD' ? undefined : '{"status":"ok"}');
    return;
  }
  response.writeHead(503, { 'retry-after': '1', 'content-type': 'application/problem+json' });
  response.end(starting);
};
