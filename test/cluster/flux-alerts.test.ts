import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { startGitServer } from '@release-manager/testing';
import { expect, it } from 'vitest';

import { commitRelease, describeCluster, sharedCluster, startFlux } from './support/index.ts';

const token = 'a-token-for-tests-only';

/** What Flux posts. */
interface FluxEvent {
  readonly involvedObject: { readonly kind: string; readonly name: string };
  readonly reason: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

describeCluster('alerts of real Flux', () => {
  it('tell what became of a commit, signed, with what we asked to have added', async () => {
    const told = Promise.withResolvers<{ event: FluxEvent; signature: string | undefined; expected: string }>();
    const isAboutService = ({ involvedObject: { kind, name } }: FluxEvent): boolean =>
      kind === 'Kustomization' && name === 'alerts-web';
    const take = async (request: IncomingMessage): Promise<void> => {
      const body = await buffer(request);
      const event = JSON.parse(body.toString()) as FluxEvent;
      const expected = `sha256=${createHmac('sha256', token).update(body).digest('hex')}`;
      if (isAboutService(event))
        told.resolve({ event, signature: request.headers['x-signature']?.toString(), expected });
    };
    const listener = createServer((request, response) => {
      take(request).then(() => response.end(), told.reject);
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const server = await startGitServer();
    await server.create('config');
    const environment = { name: 'alerts' };
    const flux = await startFlux(sharedCluster(), {
      environments: [environment],
      repoUrl: server.url('config'),
      alerts: { address: `http://127.0.0.1:${port}/`, token, metadata: { environment: 'alerts', cluster: 'eu' } },
    });
    try {
      const manifests = { 'web.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\ndata: { a: b }\n' };
      const release = { environment, namespace: 'alerts', service: 'web', manifests, releaseId: 'rel_1' };
      const commit = await commitRelease(flux.clone, release);
      await flux.poke();
      const { event, signature, expected } = await told.promise;
      expect(signature).toBe(expected);
      expect(event.metadata).toMatchObject({ environment: 'alerts', cluster: 'eu', revision: `main@sha1:${commit}` });
    } finally {
      await flux.stop();
      await server.stop();
      listener.closeAllConnections();
      listener.close();
    }
  });
});
