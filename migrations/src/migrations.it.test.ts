import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { migrateDownTo, migrateUp, migrations, type Migration } from './index.ts';
import {
  accessRow,
  artifactRow,
  buildRow,
  chatRequestRow,
  commandRow,
  daemonRow,
  deliveryPauseRow,
  deliveryRow,
  deliveryWriteRow,
  driftRow,
  entryRow,
  folderRow,
  githubEventRow,
  holdRow,
  incidentRow,
  ledgerPositionRow,
  incomingProblemRow,
  logRequestRow,
  objectRow,
  pullRequestCommandRow,
  pullRequestLookRow,
  pullRequestRow,
  pullRequestTargetRow,
  quarantineRow,
  releaseRow,
  rollbackRow,
  rolloutRow,
  serviceRow,
  stateFileRow,
  tokenRow,
  traceExportRow,
  slackMessageRow,
  slackPersonRow,
  slackPostRow,
} from './rows.testing.ts';

let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase({ empty: true });
});
afterEach(() => test.drop());

/** Everything up to and with the migration of that name. */
const through = (name: string): Migration[] =>
  migrations.slice(0, migrations.findIndex((each) => each.name === name) + 1);

const tables = (): Promise<string[]> =>
  test.database.db('pg_tables').where({ schemaname: 'public' }).orderBy('tablename').pluck('tablename');

/** Rows before a migration, and rows that only it makes possible. Each step is tried up, down and up again. */
const cases: { name: string; before: [string, object][]; after: [string, object][]; tables: string[] }[] = [
  { name: '0001-services', before: [], after: [['services', serviceRow]], tables: ['services'] },
  {
    name: '0002-artifacts',
    before: [['services', serviceRow]],
    after: [
      ['artifacts', artifactRow],
      ['branch_heads', { service: 'web', branch: 'main', artifact_id: artifactRow.id, updated_at: new Date() }],
      [
        'automation_heads',
        { service: 'web', environment: 'dev', branch: 'main', artifact_id: artifactRow.id, updated_at: new Date() },
      ],
    ],
    tables: ['artifacts', 'automation_heads', 'branch_heads'],
  },
  {
    name: '0003-releases',
    before: [
      ['services', serviceRow],
      ['artifacts', artifactRow],
    ],
    after: [
      ['releases', releaseRow],
      ['push_attempts', { id: 'push_1', base: null, tip: 'b'.repeat(40), state: 'recorded', created_at: new Date() }],
      ['push_attempt_releases', { attempt_id: 'push_1', release_id: releaseRow.id, commit_sha: 'b'.repeat(40) }],
    ],
    tables: ['push_attempt_releases', 'push_attempts', 'releases'],
  },
  {
    name: '0004-ledger',
    before: [
      ['services', serviceRow],
      ['releases', releaseRow],
    ],
    after: [['ledger', entryRow]],
    tables: ['ledger'],
  },
  {
    name: '0005-config-repo',
    before: [
      ['services', serviceRow],
      ['ledger', entryRow],
    ],
    after: [
      [
        'owned_folders',
        { environment: 'dev', namespace: 'shop', service: 'web', tree_oid: 'c'.repeat(40), indexed_at: new Date() },
      ],
      [
        'owned_objects',
        {
          environment: 'dev',
          api_group: 'apps',
          kind: 'Deployment',
          namespace: 'shop',
          name: 'web',
          service: 'web',
          file: 'd.yaml',
        },
      ],
      ['config_repo_tip', { branch: 'main', commit_sha: 'b'.repeat(40), read_at: new Date() }],
    ],
    tables: ['config_repo_tip', 'owned_folders', 'owned_objects'],
  },
  {
    name: '0006-tokens',
    before: [
      ['services', serviceRow],
      ['releases', releaseRow],
    ],
    after: [['tokens', tokenRow]],
    tables: ['tokens'],
  },
  { name: '0007-builds', before: [['services', serviceRow]], after: [['builds', buildRow]], tables: ['builds'] },
  {
    name: '0008-incoming-problems',
    before: [['builds', buildRow]],
    after: [['incoming_problems', incomingProblemRow]],
    tables: ['incoming_problems'],
  },
  {
    name: '0009-recovery',
    before: [
      ['services', serviceRow],
      ['push_attempts', { id: 'push_1', base: null, tip: 'b'.repeat(40), state: 'landed', created_at: new Date() }],
    ],
    after: [['recovery_skipped', { key: 'artifacts/web/x.zip', problem: 'no archive', skipped_at: new Date() }]],
    tables: ['recovery', 'recovery_skipped'],
  },
  {
    name: '0010-lookups',
    before: [
      ['services', serviceRow],
      ['releases', releaseRow],
    ],
    after: [],
    tables: [],
  },
  {
    name: '0011-owned-object-folder',
    before: [
      ['owned_folders', folderRow],
      ['owned_objects', objectRow],
    ],
    after: [],
    tables: [],
  },
  {
    name: '0012-release-facts',
    before: [
      ['services', serviceRow],
      ['releases', releaseRow],
    ],
    after: [],
    tables: [],
  },
  {
    name: '0013-holds',
    before: [
      ['services', serviceRow],
      ['releases', releaseRow],
    ],
    after: [
      ['holds', holdRow],
      ['quarantines', quarantineRow],
      ['state_files', stateFileRow],
    ],
    tables: ['holds', 'quarantines', 'state_files'],
  },
  {
    name: '0014-access',
    before: [['services', serviceRow]],
    after: [['access_in_force', accessRow]],
    tables: ['access_in_force'],
  },
  {
    name: '0015-rollouts',
    before: [['releases', releaseRow]],
    after: [
      ['daemons', daemonRow],
      ['rollouts', rolloutRow],
      ['rollout_looks', { environment: 'dev', service: 'web', due_at: new Date() }],
    ],
    tables: [
      'crash_logs',
      'daemon_commands',
      'daemon_outboxes',
      'daemons',
      'observed_objects',
      'rollout_looks',
      'rollouts',
    ],
  },
  {
    name: '0016-rollbacks',
    before: [['releases', releaseRow]],
    after: [['rollbacks', rollbackRow]],
    tables: ['rollbacks'],
  },
  {
    name: '0017-source-proof',
    before: [
      ['services', serviceRow],
      ['artifacts', artifactRow],
    ],
    after: [],
    tables: [],
  },
  {
    name: '0018-incidents',
    before: [['releases', releaseRow]],
    after: [['incidents', incidentRow]],
    tables: ['flux_events', 'incidents'],
  },
  { name: '0019-trace-export', before: [], after: [['trace_export', traceExportRow]], tables: ['trace_export'] },
  { name: '0020-drifts', before: [], after: [['drifts', driftRow]], tables: ['drifts'] },
  {
    name: '0021-log-requests',
    before: [['daemon_commands', commandRow]],
    after: [['log_requests', logRequestRow]],
    tables: ['log_requests'],
  },
  {
    name: '0022-deliveries',
    before: [],
    after: [
      ['deliveries', deliveryRow],
      ['delivery_pauses', deliveryPauseRow],
      ['delivery_writes', deliveryWriteRow],
      ['ledger_positions', ledgerPositionRow],
    ],
    tables: ['deliveries', 'delivery_pauses', 'delivery_writes', 'ledger_positions'],
  },
  {
    name: '0023-slack',
    before: [],
    after: [
      ['slack_messages', slackMessageRow],
      ['slack_posts', slackPostRow],
      ['slack_people', slackPersonRow],
    ],
    tables: ['slack_messages', 'slack_posts', 'slack_people'],
  },
  {
    name: '0024-pull-requests',
    before: [],
    after: [
      ['github_events', githubEventRow],
      ['pull_requests', pullRequestRow],
      ['pull_request_targets', pullRequestTargetRow],
      ['pull_request_looks', pullRequestLookRow],
      ['pull_request_commands', pullRequestCommandRow],
    ],
    tables: ['github_events', 'pull_requests', 'pull_request_targets', 'pull_request_looks', 'pull_request_commands'],
  },
  { name: '0027-chat-requests', before: [], after: [['chat_requests', chatRequestRow]], tables: ['chat_requests'] },
  {
    name: '0028-delivery-lookups',
    before: [
      ['deliveries', deliveryRow],
      ['pull_requests', pullRequestRow],
      ['pull_request_targets', pullRequestTargetRow],
    ],
    after: [],
    tables: [],
  },
];

const count = async (table: string): Promise<number> => {
  const rows: { count: number }[] = await test.database.db(table).count();
  return rows[0]?.count ?? 0;
};

describe.each(cases)('$name', ({ name, before, after, tables: added }) => {
  it('keeps the rows that are there, forward, back and forward again', async () => {
    const { db } = test.database;
    const earlier = through(name).slice(0, -1);
    await migrateUp(db, earlier);
    for (const [table, row] of before) await db(table).insert(row);
    const tablesBefore = await tables();

    expect(await migrateUp(db, through(name))).toEqual([name]);
    for (const [table, row] of after) await db(table).insert(row);
    for (const [table] of [...before, ...after]) expect([table, await count(table)]).toEqual([table, 1]);
    expect(await tables()).toEqual([...tablesBefore, ...added].toSorted());

    expect(await migrateDownTo(db, earlier.at(-1)?.name ?? '', through(name))).toEqual([name]);
    expect(await tables()).toEqual(tablesBefore);
    for (const [table] of before) expect([table, await count(table)]).toEqual([table, 1]);

    expect(await migrateUp(db, through(name))).toEqual([name]);
    for (const [table, row] of after) await db(table).insert(row);
  });
});

it('has a case for every migration, in order of name', () => {
  const names = migrations.map((each) => each.name);
  expect(cases.map((each) => each.name)).toEqual(names);
  expect(names.toSorted()).toEqual(names);
});

describe('0011-owned-object-folder', () => {
  it('gives the objects that are known to the folder that declares them, where that can be told', async () => {
    const { db } = test.database;
    await migrateUp(db, through('0011-owned-object-folder').slice(0, -1));
    const folders = ['old', 'new'].map((namespace) => ({ ...folderRow, service: 'moving', namespace }));
    await db('owned_folders').insert([folderRow, ...folders]);
    await db('owned_objects').insert([
      { ...objectRow, name: 'own' },
      { ...objectRow, name: 'role', namespace: '' },
      { ...objectRow, name: 'moved', service: 'moving', namespace: 'new' },
      { ...objectRow, name: 'left', service: 'moving', namespace: 'old' },
      { ...objectRow, name: 'unclear', service: 'moving', namespace: '' },
    ]);
    await migrateUp(db, through('0011-owned-object-folder'));

    const rows: { name: string; folder_namespace: string }[] = await db('owned_objects').orderBy('name');
    expect(rows.map((row) => [row.name, row.folder_namespace])).toEqual([
      ['left', 'old'],
      ['moved', 'new'],
      ['own', 'shop'],
      ['role', 'shop'],
      ['unclear', ''],
    ]);
    expect(await db('owned_folders').distinct('tree_oid').pluck('tree_oid')).toEqual(['']);

    await db('owned_objects').insert({ ...objectRow, name: 'left', namespace: 'old', folder_namespace: 'new' });
    await migrateDownTo(db, '0009-recovery', through('0011-owned-object-folder'));
    expect(await db('owned_objects').pluck('name')).toHaveLength(5);
  });
});

describe('the runner', () => {
  it('migrates once when several managers start at once', async () => {
    const taken = await Promise.all([1, 2, 3, 4].map(() => migrateUp(test.database.db)));
    expect(taken.flat()).toEqual(migrations.map((each) => each.name));
  });

  it('leaves the schema as it was when a step fails', async () => {
    const broken: Migration = {
      name: '0009-broken',
      up: async (knex) => {
        await knex.raw('create table half (id text)');
        await knex.raw('select 1 / 0');
      },
      down: () => Promise.resolve(),
    };
    await migrateUp(test.database.db);
    const before = await tables();
    await expect(migrateUp(test.database.db, [...migrations, broken])).rejects.toThrow('division by zero');
    expect(await tables()).toEqual(before);
  });

  it('refuses a database that a newer version has migrated', async () => {
    const { db } = test.database;
    await migrateUp(db);
    await expect(migrateUp(db, through('0005-config-repo'))).rejects.toMatchObject({
      kind: 'conflict',
      code: 'database.newer-than-program',
      message: expect.stringContaining(migrations.at(-1)?.name ?? 'none') as string,
    });
  });

  it('goes back to a named step only', async () => {
    await expect(migrateDownTo(test.database.db, '0099-nothing')).rejects.toMatchObject({
      code: 'database.unknown-migration',
    });
    await migrateUp(test.database.db);
    const later = migrations.map((each) => each.name).filter((name) => name > '0004-ledger');
    expect(await migrateDownTo(test.database.db, '0004-ledger')).toEqual(later.toReversed());
    expect(await migrateDownTo(test.database.db, '')).toHaveLength(4);
    expect(await tables()).toEqual(['schema_migrations']);
  });
});

it.each([
  ['releases_request', `select * from releases where request_id = 'req_1'`],
  ['artifacts_state_seq', `select * from artifacts where state = 'rejected' order by seq desc limit 50`],
  ['ledger_environment', `select * from ledger where environment = 'dev' order by id desc limit 50`],
])('%s serves what is asked', async (index, query) => {
  await migrateUp(test.database.db);
  const plan = await test.database.transaction(async (tx) => {
    // A table without rows is read whole, whatever stands beside it.
    await tx.raw('set local enable_seqscan = off; set local enable_sort = off');
    return tx.raw<{ rows: unknown[] }>(`explain ${query}`);
  });
  expect(JSON.stringify(plan.rows)).toContain(`Index Scan using ${index} `);
});

describe('the ledger', () => {
  it.each([
    ['update', `update ledger set cause = 'another'`],
    ['delete', 'delete from ledger'],
    ['truncate', 'truncate ledger'],
  ])('refuses %s', async (what, statement) => {
    const { db } = test.database;
    await migrateUp(db);
    await db('ledger').insert(entryRow);
    await expect(db.raw(statement)).rejects.toThrow(`append-only: ${what} refused`);
    expect(await db('ledger').pluck('cause')).toEqual([entryRow.cause]);
  });

  it('notifies its listeners when, and only when, an entry is committed', async () => {
    const { database } = test;
    await migrateUp(database.db);
    const heard: (string | undefined)[] = [];
    const next: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers()];
    const listener = await database.listen('ledger', (payload) => {
      heard.push(payload);
      next[heard.length - 1]?.resolve();
    });
    await next[0]?.promise;
    await database
      .transaction(async (tx) => {
        await tx('ledger').insert(entryRow);
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    await database.db('ledger').insert([entryRow, entryRow]);
    await next[1]?.promise;
    await listener.close();
    expect(heard).toEqual([undefined, '']);
  });
});

describe('values', () => {
  it.each([
    ['artifacts', { ...artifactRow, state: 'lost' }],
    ['tokens', { ...tokenRow, kind: 'root' }],
    ['push_attempts', { id: 'p', tip: 't', state: 'sent', created_at: new Date() }],
    ['holds', { ...holdRow, provisional: true }],
  ])('outside of those of %s are refused', async (table, row) => {
    const { db } = test.database;
    await migrateUp(db);
    await db('services').insert(serviceRow);
    await expect(db(table).insert(row)).rejects.toThrow('check constraint');
  });
});
