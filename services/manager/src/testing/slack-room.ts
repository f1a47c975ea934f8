import { silentLogger } from '@release-manager/runtime';
import { createSlack } from '@release-manager/slack';
import { startFakeSlack, type FakeSlackMessage } from '@release-manager/testing';

import { appendLedger } from '../features/ledger/index.ts';
import { ReleaseStore, type Release } from '../features/releases/index.ts';
import { createSlackDeliveries } from '../features/slack/index.ts';
import { testClock, workDeliveries } from './delivery-room.ts';
import { openReleaseRoom, type ReleaseRoom } from './release-room.ts';

/** Each service has a channel of its own, so that a test reads nothing of another one. */
function channelOf(service: string): string {
  return `C0${service.toUpperCase().padEnd(8, 'X')}`;
}

const environments = ['dev', 'staging', 'prod'];

function mainFile(services: readonly string[]): string {
  const entries = services.map((service) => {
    const on = service.startsWith('quiet')
      ? ' on: [failed, crashed],'
      : service === 'built'
        ? ' on: [building, failed],'
        : '';
    return `  - { services: [${service}],${on} slack: ${channelOf(service)} }\n`;
  });
  return `environments:\n${environments.map((name) => `  - { name: ${name} }\n`).join('')}notifications:\n${entries.join('')}  - { slack: ${channelOf('others')} }\n`;
}

function autoRelease(service: string): string {
  const rules = environments.map((name) => `  - { kind: auto-release, branch: main, environment: ${name} }\n`);
  return `service: ${service}\npolicies:\n${rules.join('')}`;
}

/** What the clusters say of a release, as the judge writes it down. */
interface Said {
  readonly to: 'applied' | 'rolling-out' | 'healthy' | 'failed';
  readonly says?: string;
  readonly details?: Record<string, unknown>;
  readonly kind?: string;
}

/** Releases, deliveries and a Slack, on one clock. */
export async function openSlackRoom(services: readonly string[]) {
  const clock = testClock();
  const policies = Object.fromEntries(services.map((service) => [service, autoRelease(service)]));
  const room = await openReleaseRoom({ mainFile: mainFile(services), policies, now: clock.now });
  const fake = await startFakeSlack({ now: clock.now });
  for (const service of [...services, 'others']) fake.channel(channelOf(service));
  const people = new Map([
    ['ada', { id: 'ada', name: 'Ada L.', emails: ['ada@example.com'], slack: 'U0ADAADA1', teams: [], line: 1 }],
  ]);
  const deps = {
    db: room.database.db,
    slack: createSlack({ auth: { token: fake.token }, baseUrl: fake.url }),
    loader: room.deps.loader,
    access: () => ({ people }),
    environments: () => room.repo.snapshot().environments.map(({ name }) => name),
    routing: () => ({ ...room.repo.snapshot(), teams: new Map<string, never>() }),
    autoEnvironments: (_service: string, branch: string) => (branch === 'main' ? environments : []),
    releaseUrl: (id: string) => `https://releases.example.com/v1/releases/${id}`,
    clicks: true,
    logger: silentLogger,
    now: clock.now,
  };
  const work = await workDeliveries(room.database, createSlackDeliveries(deps), clock);

  const say = speaker(room, clock.now);
  return {
    ...room,
    clock,
    fake,
    work,
    people,
    say,
    /** An entry of the record that moves no state. */
    async note(id: string, kind: string, cause: string, details: Record<string, unknown> = {}): Promise<void> {
      const release = await room.release(id);
      await room.database.transaction((tx) =>
        appendLedger(tx, { ...entryOf(release), kind, cause, details, at: clock.now() }),
      );
    },
    /** The releases of a service, the first requested first. */
    async releasesOf(service: string): Promise<readonly Release[]> {
      return (await new ReleaseStore(room.database.db).list({ service }, 50)).toReversed();
    },
    /** Reads the record to its end and delivers until nothing waits. */
    async tell(): Promise<void> {
      await work.react();
      await work.settle();
    },
    /** What stands in the channel of a service. */
    channel(service: string) {
      const { messages } = fake.channel(channelOf(service));
      return {
        all: messages.slice(),
        parents: messages.filter(({ threadTs }) => threadTs === undefined),
        thread: messages.filter(({ threadTs }) => threadTs !== undefined),
        broadcast: messages.filter(({ broadcast }) => broadcast),
      };
    },
    async close(): Promise<void> {
      await room.close();
      await fake.stop();
    },
  };
}

/** Writes down what clusters say, as the judge of rollouts does. */
function speaker(room: Pick<ReleaseRoom, 'release' | 'database'>, now: () => Date) {
  const say = async (id: string, { to, says = to, details = {}, kind }: Said): Promise<void> => {
    const before = await room.release(id);
    if (to === 'healthy' && before.state === 'committed') await say(id, { to: 'applied' });
    const release = await room.release(id);
    await room.database.transaction(async (tx) => {
      const at = now();
      const failure = to === 'failed' ? { failure: { code: 'pod.crash-loop', message: says } } : {};
      const { state } = release;
      if (!(await new ReleaseStore(tx).transition(release, { to, at, waitsFor: says, ...failure })))
        throw new Error(`${state} to ${to}`);
      await appendLedger(tx, {
        ...entryOf(release),
        kind: kind ?? `release.${to}`,
        from: state,
        to,
        cause: says,
        details,
        at,
      });
    });
  };
  return say;
}

function entryOf({ service, environment, id: releaseId, artifactId }: Release) {
  return { actor: { kind: 'manager' } as const, service, environment, releaseId, artifactId };
}

/** What a person reads of a message, line by line. */
export function linesOf({ blocks }: FakeSlackMessage): readonly string[] {
  return blocks.map((block) => {
    const { text, elements } = block as { text?: { text: string }; elements?: readonly Record<string, unknown>[] };
    if (text !== undefined) return text.text.replaceAll(/<!date\^\d+\^\{time\}\|[^>]*>/g, 'TIME');
    return (elements ?? []).map(words).join(' ');
  });
}

function words(element: Readonly<Record<string, unknown>>): string {
  const { type, text, elements } = element as { type?: string; text?: unknown; elements?: readonly { text: string }[] };
  if (type === 'button') return `[${(text as { text: string }).text}]`;
  return typeof text === 'string' ? text : (elements ?? []).map((each) => each.text).join('');
}
