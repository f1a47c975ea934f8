import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import {
  finishCommand,
  reportObservations,
  takeCommands,
  type BodyOf,
  type DaemonCommand,
  type Observation,
  type SentObservation,
} from '@release-manager/contract';

export const fakeToken = 'daemon-token-0123456789';

export type ManagerFault = 'down' | 'lose-answer' | 'refuse' | undefined;
type Batch = BodyOf<typeof reportObservations>;

/**
 * The manager's end of the daemon's link, on a loopback port: it checks every request by the contract's schemas, keeps what
 * it takes by outbox and sequence, and fails on demand.
 */
export class FakeManager {
  /** What was taken, in the order in which it came. */
  readonly taken: (SentObservation & { readonly outbox: string })[] = [];
  readonly batches: Batch[] = [];
  readonly finished: { readonly id: string; readonly result: BodyOf<typeof finishCommand> }[] = [];
  /** Whatever broke the contract; a test that leaves something here has failed. */
  readonly complaints: string[] = [];
  readonly #acknowledged = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => {
      this.complaints.push(String(error));
      response.destroy();
    });
  });
  #commands: DaemonCommand[] = [];
  #fault: (batch: Batch) => ManagerFault = () => undefined;

  async start(): Promise<this> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What becomes of the next batches. */
  onBatch(fault: (batch: Batch) => ManagerFault): void {
    this.#fault = fault;
  }

  /** As after the loss of its database. */
  forget(): void {
    this.#acknowledged.clear();
  }

  command(...commands: readonly DaemonCommand[]): void {
    this.#commands.push(...commands);
    this.#notify();
  }

  /** Settles as soon as something that was taken, sent or finished makes it true; asked after each request. */
  async until<T>(question: (manager: this) => T | undefined | false): Promise<T> {
    for (;;) {
      const answer = question(this);
      if (answer !== undefined && answer !== false) return answer;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** The last thing that was said of an object. */
  last<Type extends Observation['type']>(
    type: Type,
    name: string,
  ): Extract<Observation, { type: Type; object: unknown }> | undefined {
    const found = this.taken.findLast(
      ({ observation }) => observation.type === type && 'object' in observation && observation.object.name === name,
    );
    return found?.observation as Extract<Observation, { type: Type; object: unknown }> | undefined;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://manager');
    if (request.headers.authorization !== `Bearer ${fakeToken}`) this.complaints.push('a request without the token');
    if (request.method === 'POST' && url.pathname === reportObservations.path) await this.#report(request, response);
    else if (request.method === 'GET' && url.pathname === takeCommands.path) await this.#take(request, url, response);
    else await this.#finish(request, url, response);
    this.#notify();
  }

  async #report(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request);
    if (text.length > 1024 * 1024) this.complaints.push(`a body of ${text.length} characters`);
    const parsed = reportObservations.body.safeParse(JSON.parse(text));
    if (!parsed.success) {
      this.complaints.push(parsed.error.message);
      response.destroy();
      return;
    }
    const batch = parsed.data;
    const fault = this.#fault(batch);
    if (fault === 'down') {
      response.destroy();
      return;
    }
    this.batches.push(batch);
    if (fault === 'refuse') {
      const detail = 'The body is not valid: it is refused.';
      send(response, 400, { type: 'urn:x', title: 'no', status: 400, detail, code: 'http.body', kind: 'invalid' });
      return;
    }
    const answer = this.#keep(batch);
    if (fault === 'lose-answer') response.destroy();
    else send(response, 200, answer);
  }

  #keep({ outbox, acknowledged: told = 0, observations }: Batch): { acknowledged: number; startOver: boolean } {
    let acknowledged = this.#acknowledged.get(outbox) ?? 0;
    if (told > acknowledged) return { acknowledged, startOver: true };
    let before = 0;
    for (const sent of observations) {
      if (sent.sequence <= before) this.complaints.push(`sequence ${sent.sequence} after ${before}`);
      before = sent.sequence;
      if (sent.sequence <= acknowledged) continue;
      acknowledged = sent.sequence;
      this.taken.push({ ...sent, outbox });
    }
    this.#acknowledged.set(outbox, acknowledged);
    return { acknowledged, startOver: false };
  }

  async #take(request: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    const query = takeCommands.query.safeParse(Object.fromEntries(url.searchParams));
    if (!query.success) this.complaints.push(query.error.message);
    const gone = new Promise<'gone'>((resolve) => request.once('close', () => resolve('gone')));
    const some = this.until((manager) => manager.#commands.length > 0 && 'some');
    if ((await Promise.race([gone, some])) === 'gone') return;
    send(response, 200, { commands: this.#commands });
    this.#commands = [];
  }

  async #finish(request: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    const id = /^\/v1\/daemon\/commands\/([^/]+)\/result$/.exec(url.pathname)?.[1] ?? '';
    const params = finishCommand.params.safeParse({ id });
    const result = finishCommand.body.safeParse(JSON.parse(await bodyOf(request)));
    if (!params.success || !result.success) this.complaints.push(`${request.method} ${url.pathname}`);
    else this.finished.push({ id, result: result.data });
    send(response, 200, { finishedAt: '2026-01-01T00:00:00Z' });
  }

  #notify(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
