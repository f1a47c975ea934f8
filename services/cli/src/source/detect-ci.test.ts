import { describe, expect, test } from 'vitest';

import { detectCi } from './detect-ci.ts';

const head = '1111111111111111111111111111111111111111';
const merge = '2222222222222222222222222222222222222222';

const github = {
  CI: 'true',
  GITHUB_ACTIONS: 'true',
  GITHUB_ACTOR: 'ada',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_REF: 'refs/heads/feature/cart',
  GITHUB_REF_NAME: 'feature/cart',
  GITHUB_REF_TYPE: 'branch',
  GITHUB_HEAD_REF: '',
  GITHUB_BASE_REF: '',
  GITHUB_REPOSITORY: 'acme/web',
  GITHUB_RUN_ID: '17',
  GITHUB_RUN_NUMBER: '42',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_SHA: head,
  GITHUB_WORKFLOW: 'build',
};

describe('GitHub Actions', () => {
  test('a push takes commit and author from the event', () => {
    const event = {
      ref: 'refs/heads/feature/cart',
      head_commit: {
        id: head,
        message: 'Fix the cart',
        timestamp: '2026-11-21T09:00:00+01:00',
        author: { name: 'Ada L.', email: 'ada@example.com', username: 'ada' },
        committer: { name: 'GitHub', email: 'noreply@github.com' },
      },
    };
    expect(detectCi(github, event)).toEqual({
      repository: 'https://github.com/acme/web',
      branch: 'feature/cart',
      tag: undefined,
      sha: head,
      message: 'Fix the cart',
      author: { name: 'Ada L.', email: 'ada@example.com' },
      committer: { name: 'GitHub', email: 'noreply@github.com' },
      committedAt: '2026-11-21T09:00:00+01:00',
      url: `https://github.com/acme/web/commit/${head}`,
      ci: {
        provider: 'github-actions',
        workflow: 'build',
        jobUrl: 'https://github.com/acme/web/actions/runs/17',
        runNumber: 42,
        runAttempt: 2,
      },
    });
  });

  const pull = {
    ...github,
    GITHUB_EVENT_NAME: 'pull_request',
    GITHUB_REF: 'refs/pull/7/merge',
    GITHUB_REF_NAME: '7/merge',
    GITHUB_HEAD_REF: 'feature/cart',
    GITHUB_BASE_REF: 'main',
    GITHUB_SHA: merge,
  };
  const pullEvent = (repository: unknown): unknown => ({
    pull_request: {
      number: 7,
      title: 'Cart',
      head: { ref: 'feature/cart', sha: head, repo: repository },
      base: { ref: 'main', sha: merge, repo: { full_name: 'acme/web' } },
    },
  });

  test('a pull request is its head, not the merge commit that the run checked out', () => {
    expect(detectCi(pull, pullEvent({ full_name: 'acme/web' }))).toMatchObject({
      branch: 'feature/cart',
      sha: head,
      message: 'Cart',
      pullRequest: 7,
      fork: undefined,
    });
  });

  test('a pull request from a fork is said to be one, also when the fork is gone', () => {
    expect(detectCi(pull, pullEvent({ full_name: 'mallory/web' }))?.fork).toBe('mallory/web');
    expect(detectCi(pull, pullEvent(null))?.fork).toBe('a deleted fork');
  });

  test('a tag is no branch, whatever its name', () => {
    const tag = { ...github, GITHUB_REF: 'refs/tags/main', GITHUB_REF_NAME: 'main', GITHUB_REF_TYPE: 'tag' };
    expect(detectCi(tag, {})).toMatchObject({ branch: undefined, tag: 'main', sha: head });
  });

  test('an event of another commit says nothing of this one', () => {
    expect(detectCi(github, { head_commit: { id: merge, message: 'other' } })?.message).toBeUndefined();
  });

  test.each([undefined, null, 'text', [], { pull_request: null }, { head_commit: null }])(
    'survives the event %j',
    (event) => {
      expect(detectCi(github, event)).toMatchObject({ branch: 'feature/cart', sha: head });
    },
  );
});

describe('GitLab CI', () => {
  const gitlab = {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_COMMIT_AUTHOR: 'Ada L. <ada@example.com>',
    CI_COMMIT_BRANCH: 'main',
    CI_COMMIT_MESSAGE: 'Fix the cart\n\nlong',
    CI_COMMIT_REF_NAME: 'main',
    CI_COMMIT_SHA: head,
    CI_COMMIT_TIMESTAMP: '2026-11-21T09:00:00+00:00',
    CI_JOB_NAME: 'render',
    CI_JOB_STARTED_AT: '2026-11-21T09:01:00Z',
    CI_JOB_URL: 'https://gitlab.example.com/acme/web/-/jobs/9',
    CI_PIPELINE_IID: '12',
    CI_PROJECT_PATH: 'acme/web',
    CI_PROJECT_URL: 'https://gitlab.example.com/acme/web',
  };

  test('a branch pipeline', () => {
    expect(detectCi(gitlab)).toEqual({
      repository: 'https://gitlab.example.com/acme/web',
      branch: 'main',
      tag: undefined,
      sha: head,
      message: 'Fix the cart\n\nlong',
      author: { name: 'Ada L.', email: 'ada@example.com' },
      committedAt: '2026-11-21T09:00:00+00:00',
      url: `https://gitlab.example.com/acme/web/-/commit/${head}`,
      pullRequest: undefined,
      fork: undefined,
      ci: {
        provider: 'gitlab',
        workflow: 'render',
        jobUrl: 'https://gitlab.example.com/acme/web/-/jobs/9',
        runNumber: 12,
        startedAt: '2026-11-21T09:01:00Z',
      },
    });
  });

  const { CI_COMMIT_BRANCH: _, ...withoutBranch } = gitlab;
  const request = {
    ...withoutBranch,
    CI_COMMIT_REF_NAME: 'refs/merge-requests/3/head',
    CI_MERGE_REQUEST_IID: '3',
    CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'cart',
    CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: 'acme/web',
    CI_MERGE_REQUEST_TITLE: 'Cart',
    CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
  };

  test('a merge request pipeline is of the source branch', () => {
    expect(detectCi(request)).toMatchObject({
      branch: 'cart',
      sha: head,
      pullRequest: 3,
      message: 'Fix the cart\n\nlong',
    });
  });

  test('a merged-results pipeline is the head, and the merge commit lends it neither message nor author', () => {
    const facts = detectCi({ ...request, CI_COMMIT_SHA: merge, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: head });
    expect(facts).toMatchObject({ branch: 'cart', sha: head, message: 'Cart' });
    expect(facts?.author).toBeUndefined();
  });

  test('forks and tags', () => {
    expect(detectCi({ ...request, CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: 'mallory/web' })?.fork).toBe('mallory/web');
    const tag = { ...withoutBranch, CI_COMMIT_TAG: 'v1', CI_COMMIT_REF_NAME: 'v1' };
    expect(detectCi(tag)).toMatchObject({ branch: undefined, tag: 'v1' });
    const { CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: __, ...refOnly } = request;
    expect(detectCi(refOnly)?.branch).toBeUndefined();
  });
});

describe('CircleCI', () => {
  const circle = {
    CI: 'true',
    CIRCLECI: 'true',
    CIRCLE_BRANCH: 'main',
    CIRCLE_BUILD_NUM: '55',
    CIRCLE_BUILD_URL: 'https://circleci.com/gh/acme/web/55',
    CIRCLE_JOB: 'build',
    CIRCLE_REPOSITORY_URL: 'git@github.com:acme/web.git',
    CIRCLE_SHA1: head,
  };

  test('a branch', () => {
    expect(detectCi(circle)).toEqual({
      repository: 'https://github.com/acme/web',
      branch: 'main',
      tag: undefined,
      sha: head,
      url: `https://github.com/acme/web/commit/${head}`,
      pullRequest: undefined,
      fork: undefined,
      ci: { provider: 'circleci', workflow: 'build', jobUrl: 'https://circleci.com/gh/acme/web/55', runNumber: 55 },
    });
  });

  test('a pull request, of a fork, and a tag', () => {
    const link = { CIRCLE_PULL_REQUEST: 'https://github.com/acme/web/pull/8' };
    expect(detectCi({ ...circle, ...link })).toMatchObject({ branch: 'main', pullRequest: 8, fork: undefined });
    const fork = { CIRCLE_PR_USERNAME: 'mallory', CIRCLE_PR_REPONAME: 'web', CIRCLE_BRANCH: 'pull/8' };
    expect(detectCi({ ...circle, ...fork })?.fork).toBe('mallory/web');
    const { CIRCLE_BRANCH: _, ...tag } = circle;
    expect(detectCi({ ...tag, CIRCLE_TAG: 'v1' })).toMatchObject({ branch: undefined, tag: 'v1' });
  });
});

describe('Jenkins', () => {
  const jenkins = {
    JENKINS_URL: 'https://jenkins.example.com/',
    BUILD_NUMBER: '3',
    BUILD_URL: 'https://jenkins.example.com/job/web/3/',
    JOB_NAME: 'web',
    GIT_COMMIT: head,
    GIT_URL: 'https://bot:secret@git.example.com/acme/web.git',
  };

  test('a plain job says origin/main, and its remote holds a password', () => {
    expect(detectCi({ ...jenkins, GIT_BRANCH: 'origin/feature/cart' })).toMatchObject({
      repository: 'https://git.example.com/acme/web',
      branch: 'feature/cart',
      sha: head,
      ci: { provider: 'jenkins', workflow: 'web', runNumber: 3 },
    });
  });

  test('a multibranch job, its change requests, forks and tags', () => {
    expect(detectCi({ ...jenkins, BRANCH_NAME: 'main', GIT_BRANCH: 'main' })?.branch).toBe('main');
    const change = {
      BRANCH_NAME: 'PR-12',
      GIT_BRANCH: 'PR-12',
      CHANGE_ID: '12',
      CHANGE_BRANCH: 'cart',
      CHANGE_TARGET: 'main',
    };
    expect(detectCi({ ...jenkins, ...change })).toMatchObject({ branch: 'cart', pullRequest: 12, fork: undefined });
    expect(detectCi({ ...jenkins, ...change, CHANGE_FORK: 'mallory' })?.fork).toBe('mallory');
    expect(detectCi({ ...jenkins, BRANCH_NAME: 'v1', TAG_NAME: 'v1' })).toMatchObject({ branch: undefined, tag: 'v1' });
    expect(detectCi({ ...jenkins, GIT_BRANCH: 'detached' })?.branch).toBeUndefined();
  });
});

test('no CI system', () => {
  expect(detectCi({ HOME: '/home/ada' })).toBeUndefined();
  expect(detectCi({ CI: 'true', GITHUB_ACTIONS: 'false' })).toBeUndefined();
});
