import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

import { openApiDocument } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';
import type { Redactor } from '@release-manager/runtime';
import type { UploadReceiver } from '@release-manager/storage';
import type { Request, Response } from 'express';

import { landingPolicy, renderLandingPage, type LandingPage } from './landing-page.ts';
import { createReadiness, type ReadinessCheck } from './readiness.ts';

/** Something that is no operation of the API. It names its path in our template notation and guards itself. */
export interface RawRoute {
  readonly method: 'get' | 'put' | 'post';
  /** `/v1/uploads/{token}`: what log and metrics show. */
  readonly path: string;
  /** Asked for so often that its answers are logged at debug only. */
  readonly quiet?: boolean;
  /** Not counted as a request without a token: probes, and what carries its authorisation in its address. */
  readonly unlimited?: boolean;
  readonly handle: (request: Request, response: Response) => Promise<void> | void;
}

/** A server of its own below a path, such as `/git`; it gets GET and POST with URLs below that path, and guards itself. */
export interface Mount {
  readonly path: string;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;
}

export interface RawRouteOptions {
  readonly readiness: readonly ReadinessCheck[];
  /** Aborted when the process is about to stop, while it still answers: it is not ready any more. */
  readonly leaving: AbortSignal;
  readonly redactor: Redactor;
  readonly publicUrl: string;
  readonly version: string;
  readonly landing: LandingPage;
  /** Receives uploads where the store is a folder; absent where they go to a bucket. */
  readonly uploads?: UploadReceiver | undefined;
  /** What others call when something happens at their side; each guards itself by a signature. */
  readonly webhooks?: readonly RawRoute[] | undefined;
  /** Absolute path of the one-file CLI; absent where it was not built. */
  readonly cliFile?: string | undefined;
}

/** Every route besides the operations. The route-table test fails on one that is neither there nor here. */
export function rawRoutes(options: RawRouteOptions): readonly RawRoute[] {
  const { readiness, leaving, redactor, publicUrl, version, uploads, cliFile } = options;
  const look = createReadiness(readiness, leaving);
  const openApi = openApiDocument(version, publicUrl);
  const page = renderLandingPage(options.landing);
  return [
    {
      method: 'get',
      path: '/healthz',
      quiet: true,
      unlimited: true,
      handle: (_, response) => void response.json({ status: 'ok' }),
    },
    {
      method: 'get',
      path: '/readyz',
      quiet: true,
      unlimited: true,
      handle: async (_, response) => {
        const result = await look();
        response.status(result.ok ? 200 : 503).json(redactor.redact(result));
      },
    },
    { method: 'get', path: '/v1/openapi.json', handle: (_, response) => void response.json(openApi) },
    {
      method: 'get',
      path: '/',
      handle: (_, response) =>
        void response
          .set('content-security-policy', landingPolicy)
          .type('html')
          .set('cache-control', 'no-cache')
          .send(page),
    },
    ...(cliFile === undefined ? [] : [cliRoute(cliFile)]),
    ...(uploads === undefined ? [] : [uploadRoute(uploads)]),
    ...(options.webhooks ?? []),
  ];
}

function uploadRoute(uploads: UploadReceiver): RawRoute {
  return {
    method: 'put',
    path: '/v1/uploads/{token}',
    unlimited: true,
    // The token in the path is the authorisation: signed by us, for these bytes, for a short time.
    handle: async (request, response) => {
      // Leaving the loop over a request early destroys its socket, and with it the answer that says why.
      const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
      await uploads.receive(String(request.params['token']), body);
      response.status(204).end();
    },
  };
}

function cliRoute(file: string): RawRoute {
  return {
    method: 'get',
    path: '/cli',
    handle: async (request, response) => {
      const found = await stat(file).catch(() => undefined);
      if (found === undefined) {
        throw new AppError('not-found', 'http.no-cli', 'This manager does not carry the CLI.', {
          next: 'build it with `npm run prepare`, or install it from the release page',
        });
      }
      response.writeHead(200, {
        'content-type': 'text/javascript; charset=utf-8',
        'content-length': found.size,
        'content-disposition': 'attachment; filename="release-cli.mjs"',
        'cache-control': 'no-cache',
      });
      if (request.method === 'HEAD') response.end();
      else await pipeline(createReadStream(file), response);
    },
  };
}
