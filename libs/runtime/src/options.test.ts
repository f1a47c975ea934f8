import { AppError } from '@release-manager/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { describeOptions } from './options-reference.ts';
import { defineOptions, readOptions, secretValues, type Environment } from './options.ts';

const table = defineOptions({
  PORT: { schema: z.coerce.number().int().min(1).max(65_535), default: 8080, description: 'Port of the API' },
  ROLE: { schema: z.enum(['all', 'api', 'worker']), default: 'all', description: 'What this process does: all | api' },
  CONFIG_REPO_URL: { schema: z.url(), description: 'The config repo' },
  DATABASE_URL: { schema: z.string().optional(), description: 'Postgres', secret: true },
  ADMIN_TOKEN: { schema: z.string().min(16).optional(), description: 'At least 16 characters', secret: true },
});

const files: Record<string, string> = {
  '/run/token': 'from-a-file-0123456789\n',
  '/run/two-lines': 'first line 0123\nsecond\r\n',
  '/run/empty': '\n',
};

function read(environment: Environment) {
  return readOptions(table, { CONFIG_REPO_URL: 'https://git.test/config', ...environment }, (path) => {
    const text = files[path];
    if (text === undefined) throw new Error(`ENOENT: no such file ${path}`);
    return text;
  });
}

function refusal(read: () => unknown): AppError {
  try {
    read();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('these settings were to be refused');
}

function problemsOf(environment: Environment): unknown {
  return refusal(() => read(environment)).details['problems'];
}

describe('readOptions', () => {
  it('gives typed values and the defaults of what is absent', () => {
    const port: number = read({ PORT: '81' }).PORT;
    expect(port).toBe(81);
    expect(read({})).toEqual({
      PORT: 8080,
      ROLE: 'all',
      CONFIG_REPO_URL: 'https://git.test/config',
      DATABASE_URL: undefined,
      ADMIN_TOKEN: undefined,
    });
  });

  it('takes an empty variable as absent', () => {
    expect(read({ PORT: '', ADMIN_TOKEN: '', ADMIN_TOKEN_FILE: '' })).toMatchObject({
      PORT: 8080,
      ADMIN_TOKEN: undefined,
    });
    expect(problemsOf({ CONFIG_REPO_URL: '' })).toEqual(['CONFIG_REPO_URL is not set (The config repo)']);
  });

  it('reads a secret from a file, without the newline at its end', () => {
    expect(read({ ADMIN_TOKEN_FILE: '/run/token' }).ADMIN_TOKEN).toBe('from-a-file-0123456789');
    expect(read({ ADMIN_TOKEN_FILE: '/run/two-lines' }).ADMIN_TOKEN).toBe('first line 0123\nsecond');
  });

  it('reads only secrets from files', () => {
    expect(read({ PORT_FILE: '/run/token' }).PORT).toBe(8080);
  });

  it('refuses a secret that is given twice, an empty and a missing file', () => {
    expect(problemsOf({ ADMIN_TOKEN: 'x'.repeat(20), ADMIN_TOKEN_FILE: '/run/token' })).toEqual([
      'ADMIN_TOKEN and ADMIN_TOKEN_FILE are both set; keep one of them',
    ]);
    expect(problemsOf({ ADMIN_TOKEN_FILE: '/run/empty' })).toEqual([
      'ADMIN_TOKEN_FILE names an empty file, /run/empty',
    ]);
    expect(problemsOf({ ADMIN_TOKEN_FILE: '/run/none' })).toEqual([
      'ADMIN_TOKEN_FILE cannot be read (ENOENT: no such file /run/none)',
    ]);
  });

  it('lists all problems at once', () => {
    expect(refusal(() => read({ PORT: 'http' }))).toMatchObject({ kind: 'invalid', code: 'config.invalid' });
    const problems = problemsOf({ PORT: 'http', ROLE: 'boss', CONFIG_REPO_URL: '', ADMIN_TOKEN: 'short' });
    expect(problems).toHaveLength(4);
    expect(String(problems)).toMatch(/PORT: .*ROLE: .*CONFIG_REPO_URL is not set.*ADMIN_TOKEN is not valid/);
  });

  it('never shows the value of a secret, whatever its schema says', () => {
    const talkative = defineOptions({
      KEY: {
        schema: z.string().transform((value): string => {
          throw new Error(`cannot parse ${value}`);
        }),
        description: 'A key',
        secret: true,
      },
      OTHER: {
        schema: z.string().refine(() => false, { error: ({ input }) => `not good: ${String(input)}` }),
        description: 'Another key',
        secret: true,
      },
    });
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9+/]{12,40}$/), (secret) => {
        const { message, details, next } = refusal(() => readOptions(talkative, { KEY: secret, OTHER: secret }));
        const shown = JSON.stringify([message, details, next]);
        expect(shown).toContain('OTHER is not valid (Another key)');
        expect(shown).not.toContain(secret);
      }),
    );
  });
});

describe('secretValues', () => {
  it('gives the secrets that are set', () => {
    expect(secretValues(table, read({ DATABASE_URL: 'postgres://u:p@db/x', PORT: '81' }))).toEqual([
      'postgres://u:p@db/x',
    ]);
  });
});

describe('describeOptions', () => {
  it('renders a table whose cells hold, whatever stands in them', () => {
    expect(describeOptions(table).split('\n')).toEqual([
      '| setting | default | meaning |',
      '| --- | --- | --- |',
      '| `PORT` | `8080` | Port of the API |',
      String.raw`| ${'`ROLE`'} | ${'`all`'} | What this process does: all \| api |`,
      '| `CONFIG_REPO_URL` | must be set | The config repo |',
      '| `DATABASE_URL` or `DATABASE_URL_FILE` (secret) |  | Postgres |',
      '| `ADMIN_TOKEN` or `ADMIN_TOKEN_FILE` (secret) |  | At least 16 characters |',
      '',
    ]);
  });
});
