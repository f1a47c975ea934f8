import { AppError } from '@release-manager/domain';
import type { CheckContent, CheckRuns, GithubApi } from '@release-manager/github';
import { beforeEach, describe, expect, it } from 'vitest';

import type { Delivered, Delivery } from '../deliveries/index.ts';
import { createCheckDelivery } from './index.ts';

const content: CheckContent = { title: 'one', summary: 'to prod', conclusion: 'neutral', detailsUrl: 'https://x.test' };
const delivery: Delivery = {
  id: 'dlv_1',
  kind: 'github.check',
  key: 'shop/web@a',
  subject: { repository: 'shop/web', sha: 'a'.repeat(40) },
  external: undefined,
  sentHash: undefined,
  inDoubt: false,
};

/** The check runs of an App in memory, and what was written. */
class Runs {
  readonly written: string[] = [];
  readonly runs: { id: number; title: string; summary: string; conclusion: string | undefined }[] = [];
  refuses = false;

  port(): CheckRuns {
    return {
      find: () => Promise.resolve(this.runs.at(-1)),
      create: (_repository, { title, summary, conclusion }) => {
        this.written.push(`made ${title}`);
        if (this.refuses) return Promise.reject(new AppError('forbidden', 'github.forbidden', 'it is forbidden'));
        const run = { id: this.runs.length + 1, title, summary, conclusion };
        this.runs.push(run);
        return Promise.resolve(run);
      },
      update: (_repository, id, { title, summary, conclusion }) => {
        const run = this.runs.find((each) => each.id === id);
        if (run === undefined) return Promise.resolve(undefined);
        this.written.push(`changed to ${title}`);
        return Promise.resolve(Object.assign(run, { title, summary, conclusion }));
      },
    };
  }
}

let runs: Runs;
let plan: CheckContent | undefined;
let spent: number;
let deliver: (more?: Partial<Delivery>) => Promise<Delivered>;

beforeEach(() => {
  runs = new Runs();
  plan = content;
  spent = 0;
  const statuses: GithubApi['statuses'] = {
    find: () => Promise.reject(new Error('an App has no need of it')),
    set: () => Promise.reject(new Error('an App has no need of it')),
  };
  const repositoryAt = (address: string) => (address === 'shop/web' ? { owner: 'shop', repo: 'web' } : undefined);
  const kind = createCheckDelivery({
    github: { repositoryAt, isApp: true, checks: runs.port(), statuses },
    renderer: { planOf: () => Promise.resolve(plan) },
  });
  const context = {
    now: new Date('2026-03-02T09:00:00Z'),
    signal: new AbortController().signal,
    spend: (_lane?: string, writes = 1) => {
      spent += writes;
      return Promise.resolve();
    },
  };
  deliver = (more = {}) => kind.deliver({ ...delivery, ...more }, context);
});

describe('the check of an App', () => {
  it('is made once, and written to only when it says something else', async () => {
    const first = await deliver();
    expect(first).toMatchObject({ outcome: 'sent', external: { check: '1' } });
    const known = { external: first.external, sentHash: first.hash };
    expect(await deliver(known)).toMatchObject({ outcome: 'unchanged' });
    plan = { ...content, title: 'two' };
    expect(await deliver(known)).toMatchObject({ outcome: 'sent', external: { check: '1' } });
    expect(runs.written).toEqual(['made one', 'changed to two']);
    expect(spent).toBe(2);
  });

  it('is found again after a try in doubt, whatever became of it', async () => {
    await deliver();
    expect(await deliver({ inDoubt: true })).toMatchObject({ outcome: 'unchanged', external: { check: '1' } });
    plan = { ...content, title: 'two' };
    expect(await deliver({ inDoubt: true })).toMatchObject({ outcome: 'sent', external: { check: '1' } });
    expect(runs.written).toEqual(['made one', 'changed to two']);
  });

  it('is made again where it is gone', async () => {
    expect(await deliver({ external: { check: '9' } })).toMatchObject({ outcome: 'sent', external: { check: '1' } });
  });

  it('is left alone where nothing has to be said, or the repository is elsewhere', async () => {
    plan = undefined;
    expect(await deliver({ external: { check: '1' } })).toEqual({ outcome: 'gone', external: { check: '1' } });
    expect(await deliver({ subject: { repository: 'https://gitlab.com/a/b' } })).toEqual({ outcome: 'gone' });
    expect(runs.written).toEqual([]);
  });

  it('asks no more for a while once GitHub has forbidden it', async () => {
    runs.refuses = true;
    await expect(deliver()).rejects.toThrow('it is forbidden');
    await expect(deliver()).rejects.toThrow('it is forbidden');
    expect(runs.written).toHaveLength(1);
  });
});
