import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { testDatabase } from '@release-manager/testing';
import { describe, expect, it } from 'vitest';

import { schemaReport } from './schema-report.ts';

const file = path.join(import.meta.dirname, '..', 'schema.report.sql');

describe('schema.report.sql', () => {
  it('is current (UPDATE_REPORT=1 rewrites it)', async () => {
    const test = await testDatabase();
    const report = await schemaReport(test.database.db);
    await test.drop();
    if (process.env['UPDATE_REPORT'] === '1') await writeFile(file, report);
    expect(await readFile(file, 'utf8')).toBe(report);
  });
});
