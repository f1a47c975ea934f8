import { Agent, request as send, type IncomingMessage } from 'node:http';

import type { MadeArtifact } from '../../support/make-artifact.ts';

/** A caller to whom every answer but a good one is a failure, and who tries nothing twice. One connection, kept open. */
export interface PickyClient {
  /** The parsed answer. Rejects for a connection that breaks and for any status of 400 and more. */
  call(method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>>;
  /** Until the verdict is there. @returns the state */
  upload(artifact: MadeArtifact): Promise<string>;
  close(): void;
}

const jsonType = { 'content-type': 'application/json' };

export function createPickyClient(url: string, token: string): PickyClient {
  // One socket: whoever is asked to come back by another connection does so before the next request.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const authorization = `Bearer ${token}`;

  const ask = async (method: string, target: string, headers: Readonly<Record<string, string>>, body?: Uint8Array) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const sent = send(target, { method, agent, headers: { ...headers, ...length } }, resolve);
    sent.on('error', (cause) => reject(new Error(`${method} ${target} broke off`, { cause })));
    sent.end(body);
    const response = await promise;
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const status = response.statusCode ?? 0;
    if (status >= 400) throw new Error(`${method} ${target} was answered with ${status}: ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  const call: PickyClient['call'] = (method, path, body) =>
    ask(
      method,
      `${url}/v1/${path}`,
      { authorization, ...(body === undefined ? {} : jsonType) },
      body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
    );
  return {
    call,
    async upload({ spec, zip, sha256 }) {
      const { upload } = await call('POST', 'artifacts', { spec, size: zip.length, sha256 });
      const { url: target, headers } = upload as { url: string; headers: Record<string, string> };
      await ask('PUT', target, headers, zip);
      await call('POST', `artifacts/${spec.id}/complete`, {});
      for (;;) {
        const { state } = await call('GET', `artifacts/${spec.id}?wait=20`);
        if (state === 'ready' || state === 'rejected') return state;
      }
    },
    close: () => agent.destroy(),
  };
}
