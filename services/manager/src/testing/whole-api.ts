import { join } from 'node:path';

import type { TokenInput } from '@release-manager/contract';
import { systemClock } from '@release-manager/domain';
import { createMirror, noCredentials, type Mirror } from '@release-manager/git';
import { jsonb, type Database } from '@release-manager/postgres';

import { createRights, createTokenService } from '../features/access/index.ts';
import { openComposedApi } from './composed-api.ts';

const source = {
  repository: 'https://example.com/shop',
  branch: 'main',
  sha: '0'.repeat(40),
  author: { name: 'Grace', email: 'grace@example.com' },
};
const ci = { provider: 'test', workflow: 'build', runNumber: 1 };
const artifact = 'main-0123456789-abcdef0123';
const spec = { schemaVersion: 1, id: artifact, service: 'web', namespaces: { default: 'shop' }, source, ci };

/** What the manager knows when the tests begin: the service `web` of checkout, with an artifact and a release in dev. */
export const subjects = {
  source,
  ci,
  artifact,
  spec,
  release: `rel_${'0'.repeat(26)}`,
  delivery: `dlv_${'0'.repeat(26)}`,
} as const;

/** The whole API as the manager composes it, on a real database and the built-in config repo; only no worker runs. */
export interface WholeApi {
  readonly url: string;
  readonly database: Database;
  readonly tokens: Readonly<Record<string, string>>;
  /** Somebody with the right to push writes the two files, and the manager reads them. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

/** @param settings as `openComposedApi` takes them */
export async function openWholeApi(settings: Readonly<Record<string, string>> = {}): Promise<WholeApi> {
  const api = await openComposedApi(settings);
  const { url, database, folder } = api;
  const remote = join(folder, 'git', 'config.git');
  const clone = createMirror({
    url: remote,
    branch: 'main',
    folder: join(folder, 'people'),
    credentials: noCredentials,
    allowFile: true,
  });
  await insertSubjects(database);
  return {
    url,
    database,
    tokens: await makeTokens(database),
    async write(files) {
      await push(clone, files);
      await api.refresh();
    },
    close: () => api.close(),
  };
}

async function push(mirror: Mirror, files: Readonly<Record<string, string>>): Promise<void> {
  const base = await mirror.fetch();
  const writer = mirror.writer(base);
  const signature = { name: 'Grace', email: 'grace@example.com', at: new Date() };
  const edits = Object.entries(files).map(
    ([path, text]) => ({ kind: 'put', path, content: Buffer.from(text) }) as const,
  );
  const commit = await writer.commit(edits, { message: 'rights\n', author: signature, committer: signature });
  if (commit === undefined) return;
  await writer.flush();
  if ((await mirror.push(base, commit)) !== 'landed') throw new Error('somebody else pushed');
}

/** What the operations above speak of. */
async function insertSubjects({ db }: Database): Promise<void> {
  const at = new Date();
  const admin = jsonb({ kind: 'admin' });
  await db('services').insert({
    name: 'web',
    namespaces: jsonb({ default: 'shop' }),
    owner: 'checkout',
    registered_by: admin,
    registered_at: at,
    updated_at: at,
  });
  await db('artifacts').insert({
    id: artifact,
    service: 'web',
    branch: 'main',
    sha: source.sha,
    state: 'ready',
    spec: jsonb(spec),
    zip_sha256: '0'.repeat(64),
    zip_size: 1,
    environments: jsonb({
      dev: { state: 'ready', files: 1, namespace: 'shop', problems: [], warnings: [], objects: [] },
    }),
    registered_by: admin,
    registered_at: at,
    verified_at: at,
    updated_at: at,
  });
  await db('releases').insert({
    id: subjects.release,
    request_id: 'req_1',
    service: 'web',
    environment: 'dev',
    artifact_id: artifact,
    intent: 'artifact',
    automatic: false,
    // Nothing to retry: whoever may is told so, and nothing happens.
    state: 'applied',
    actor: admin,
    author: jsonb({ name: 'Ada', email: 'ada@example.com' }),
    requested_at: at,
    updated_at: at,
  });
  await db('deliveries').insert({
    id: subjects.delivery,
    end_name: 'slack',
    kind: 'slack.release',
    key: 'a message of the release',
    subject: jsonb({}),
    urgency: 1,
    service: 'web',
    environment: 'dev',
    release_id: subjects.release,
    state: 'delivered',
    pending_since: at,
    created_at: at,
    updated_at: at,
  });
}

async function makeTokens(database: Database): Promise<Record<string, string>> {
  const rights = createRights({ environmentProtected: () => true });
  const service = createTokenService({ database, rights, clock: systemClock });
  const person = (id: string): TokenInput => ({
    kind: 'personal',
    name: id,
    person: { id, name: id, email: `${id}@example.com` },
  });
  const inputs: Readonly<Record<string, TokenInput>> = {
    ada: person('ada'),
    checkout: person('checkout'),
    admins: { kind: 'admin', name: 'a', person: { id: 'ada', name: 'Ada', email: 'ada@example.com' } },
    ci: { kind: 'ci', name: 'ci', services: ['other'], branches: ['main'] },
    daemon: { kind: 'daemon', name: 'daemon', environment: 'prod', cluster: 'default' },
  };
  const secrets: Record<string, string> = {};
  for (const [name, input] of Object.entries(inputs))
    secrets[name] = (await service.create({ actor: { kind: 'admin' } }, input)).secret;
  return secrets;
}
