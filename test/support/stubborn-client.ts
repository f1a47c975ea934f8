import { setTimeout as wait } from 'node:timers/promises';

import {
  completeArtifact,
  createClient,
  registerArtifact,
  requestRelease,
  showArtifact,
  type ArtifactView,
  type Client,
  type ResultOf,
} from '@release-manager/contract';
import { AppError } from '@release-manager/domain';

import type { MadeArtifact } from './make-artifact.ts';

/** The body of a request for releases. */
export interface ReleaseWish {
  readonly service: string;
  readonly environments: string[];
  readonly branch?: string;
  readonly artifact?: string;
  readonly undeploy?: true;
  readonly idempotencyKey: string;
}

/** A caller that does what CI and people do when the manager goes away: ask again, the same thing. */
export interface StubbornClient {
  /** Until the verdict is there. */
  upload(artifact: MadeArtifact): Promise<ArtifactView>;
  release(body: ReleaseWish): Promise<ResultOf<typeof requestRelease>>;
}

const pauseMs = 50;
const patienceMs = 120_000;

export function createStubbornClient(url: string, token: string): StubbornClient {
  const client: Client = createClient({ url, token, timeoutSeconds: 30 });
  return {
    upload: (artifact) => insist(() => uploadOnce(client, artifact)),
    release: (body) => insist(() => client.call(requestRelease, body)),
  };
}

async function uploadOnce(client: Client, { spec, zip, sha256 }: MadeArtifact): Promise<ArtifactView> {
  const { id } = spec;
  const { upload, artifact } = await client.call(registerArtifact, { spec, size: zip.length, sha256 });
  if (upload !== undefined) {
    await put(upload, zip);
    await client.call(completeArtifact, { id });
  }
  if (upload === undefined && isJudged(artifact)) return artifact;
  const view = await client.call(showArtifact, { id, wait: 20 });
  if (!isJudged(view)) throw new AppError('unavailable', 'test.no-verdict', `${id} has no verdict yet`);
  return view;
}

async function put(target: { url: string; headers: Record<string, string> }, zip: Uint8Array<ArrayBuffer>) {
  const { status } = await send(target, zip);
  if (status >= 300) throw new AppError('unavailable', 'test.upload', `the upload was answered with ${status}`);
}

async function send({ url, headers }: { url: string; headers: Record<string, string> }, body: Uint8Array<ArrayBuffer>) {
  try {
    return await fetch(url, { method: 'PUT', headers, body });
  } catch (cause) {
    throw new AppError('unavailable', 'test.upload', 'the upload broke off', { cause });
  }
}

function isJudged({ state }: ArtifactView): boolean {
  return state === 'ready' || state === 'rejected';
}

async function insist<Result>(call: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      // A broken connection in the middle of an answer is a TypeError of fetch, whatever came before is an AppError.
      const passing = error instanceof TypeError || (error instanceof AppError && error.kind === 'unavailable');
      if (!passing || Date.now() > deadline) throw error;
    }
    await wait(pauseMs);
  }
}
