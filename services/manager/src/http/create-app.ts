import type { IncomingMessage } from 'node:http';

import { operations, type Operation } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';
import type { Context, Logger, Metrics } from '@release-manager/runtime';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';

import { accessLog } from './access-log.ts';
import { createFarewell } from './farewell.ts';
import type { Handlers } from './handler.ts';
import { operationRoute, type ErasedHandler } from './operation-route.ts';
import type { Authenticate } from './principal.ts';
import { toProblem } from './problem.ts';
import { rawRoutes, type Mount, type RawRoute, type RawRouteOptions } from './raw-routes.ts';
import { createFacts, type FactsByRequest } from './request-facts.ts';
import { createRequestLimits, type RequestLimits, type RequestLimitSettings } from './request-limits.ts';
import { createRequestSignals } from './request-signals.ts';
import { securityHeaders } from './security-headers.ts';

export interface AppOptions extends RawRouteOptions {
  /** Complete: an operation without a handler does not compile. */
  readonly handlers: Handlers;
  readonly authenticate: Authenticate;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly context: Context;
  /** Aborted when the process stops: streams and long polls end by it. */
  readonly stopping: AbortSignal;
  readonly limits: RequestLimitSettings;
  /** Servers of their own below a path, such as the built-in git server at `/git`. */
  readonly mounts?: readonly Mount[];
}

interface Common {
  readonly facts: FactsByRequest;
  readonly limits: RequestLimits;
}

type Route = (request: Request, response: Response) => Promise<void> | void;

/** The public HTTP side: every operation of the table, the raw routes, and one answer for everything else. */
export function createApp(options: AppOptions): Express {
  const { logger, metrics, publicUrl } = options;
  const now = (): number => performance.now();
  const facts = createFacts(now);
  const limits = createRequestLimits(options.limits, { metrics, now });
  const app = express();
  // Two spellings of one path are two routes to whatever stands in front of us.
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);

  app.use(begin(facts, options), accessLog({ facts, logger, metrics }), securityHeaders(publicUrl));
  for (const [path, routes] of byPath(options, { facts, limits })) mountPath(app, path, routes);
  app.use((request) => {
    limits.admitAnybody(request);
    throw new AppError('not-found', 'http.no-route', `There is no ${request.method} at this address.`, {
      next: `see ${publicUrl}/v1/openapi.json for what there is`,
    });
  });
  app.use(problems(options, facts));
  return app;
}

/** Gives the request its id, and the log lines of its work too. */
function begin(facts: FactsByRequest, { context, leaving }: AppOptions): RequestHandler {
  const farewell = createFarewell(leaving);
  return (request, response, next) => {
    const { id } = facts.of(request);
    response.setHeader('x-request-id', id);
    response.setHeader('cache-control', 'no-store');
    farewell(response);
    context.run({ requestId: id }, next);
  };
}

/** Everything that answers at one path, by method, so that the path can name its methods to somebody who takes another one. */
function byPath(options: AppOptions, common: Common): Map<string, Map<Operation['method'], Route>> {
  const paths = new Map<string, Map<Operation['method'], Route>>();
  const add = (path: string, method: Operation['method'], route: Route): void => {
    const routes = paths.get(path) ?? new Map<Operation['method'], Route>();
    paths.set(path, routes.set(method, route));
  };
  const signals = createRequestSignals(options.stopping);
  for (const operation of Object.values(operations)) {
    const handler = options.handlers[operation.id as keyof Handlers] as unknown as ErasedHandler;
    add(operation.path, operation.method, operationRoute(operation, handler, { ...options, ...common, signals }));
  }
  for (const raw of rawRoutes(options)) add(raw.path, raw.method, rawRoute(raw, common));
  for (const mount of options.mounts ?? []) {
    for (const method of ['get', 'post'] as const) add(`${mount.path}/{*below}`, method, mountRoute(mount, common));
  }
  return paths;
}

function rawRoute({ path, quiet, unlimited, handle }: RawRoute, { facts, limits }: Common): Route {
  return (request, response) => {
    Object.assign(facts.of(request), { route: path, quiet: quiet === true });
    if (unlimited !== true) limits.admitAnybody(request);
    return handle(request, response);
  };
}

function mountRoute({ path, handle }: Mount, { facts, limits }: Common): Route {
  return (request, response) => {
    facts.of(request).route = `${path}/*`;
    const learn = limits.admit(request);
    response.on('finish', () => learn(response.statusCode));
    request.url = request.url.slice(path.length);
    return handle(request, response);
  };
}

function mountPath(app: Express, path: string, routes: ReadonlyMap<Operation['method'], Route>): void {
  const route = app.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
  for (const [method, handle] of routes) route[method](handle);
  const allow = [...routes.keys()].flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
  route.all((request) => {
    throw new AppError('invalid', 'http.method', `${request.method} is not possible here.`, {
      next: `use ${allow.join(' or ')}`,
      details: { allow: allow.join(', ') },
    });
  });
}

/** Answers every error. Only what is our own fault, or our surroundings', is an error to the log. */
function problems({ logger, redactor }: AppOptions, facts: FactsByRequest): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    // Whoever hung up in the middle of a body broke the work that was reading it; the access log says so.
    if (request.destroyed && !request.complete) return;
    const { status, headers, body } = toProblem(error, redactor);
    const { route } = facts.of(request);
    if (body.incident !== undefined)
      logger.error('request failed', { incident: body.incident, route, method: request.method, error });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (hasMuchLeft(request)) response.setHeader('connection', 'close');
    response.status(status).set(headers).type('application/problem+json').send(JSON.stringify(body));
    void next;
  };
}

/** Node reads the rest of a body to use the connection again; beyond this it is cheaper to close it. */
const readableRest = 8 * 1024 * 1024;

function hasMuchLeft(request: IncomingMessage): boolean {
  if (request.complete) return false;
  const length = request.headers['content-length'];
  return length === undefined ? request.headers['transfer-encoding'] !== undefined : Number(length) > readableRest;
}
