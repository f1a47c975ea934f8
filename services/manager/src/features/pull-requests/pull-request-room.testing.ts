import type { GithubRepository, IssueComment, PullRequest } from '@release-manager/github';

import { testClock, workDeliveries } from '../../testing/delivery-room.ts';
import { openReleaseRoom } from '../../testing/release-room.ts';
import { createCommentDelivery, createCommentReaction, createReleaseYamls, type PullRequestDeps } from './index.ts';
import { knownFromApi, learnPullRequest } from './learn-pull-request.ts';
import type { PullRequestHost } from './pull-request-deps.ts';

export const shaOf = (letter: string): string => letter.repeat(40);

const mainFile = `environments:
  - { name: dev }
  - { name: prod }
policies:
  - { kind: branch-restriction, environment: prod, branch: main }
`;
export const policiesOf = (service: string): string => `service: ${service}
policies:
  - { kind: auto-release, branch: main, environment: dev }
  - { kind: auto-release, branch: main, environment: prod }
`;

/** A GitHub in memory, as far as the comments of pull requests need one. */
class MemoryHost {
  readonly comments: { id: number; body: string; isOwn: boolean; number: number }[] = [];
  /** The one repository that it has. */
  repository: GithubRepository = { owner: 'Acme', repo: 'shop' };
  /** By path; the same at every commit. */
  readonly files = new Map<string, string>();
  changed: readonly string[] = ['services/web/main.ts'];
  /** Commits that each commit has among its ancestors. */
  readonly contains = new Map<string, readonly string[]>();
  writes = 0;
  /** Does what it is asked, and loses the answer. */
  losesNextAnswer = false;

  get address(): string {
    return `https://github.com/${this.repository.owner}/${this.repository.repo}`;
  }

  /** Another repository, with nothing in it. */
  begin(repo: string): void {
    this.repository = { owner: 'Acme', repo };
    this.comments.length = 0;
    this.files.clear();
    this.changed = ['services/web/main.ts'];
    this.writes = 0;
  }

  #write<Result>(result: Result): Promise<Result> {
    this.writes += 1;
    if (!this.losesNextAnswer) return Promise.resolve(result);
    this.losesNextAnswer = false;
    return Promise.reject(new Error('the connection was lost'));
  }

  port(): PullRequestHost {
    const shown = ({ id, body, isOwn }: { id: number; body: string; isOwn: boolean }): IssueComment => ({
      id,
      body,
      isOwn,
      author: 'somebody',
      url: '',
      createdAt: new Date(0),
      updatedAt: new Date(0),
    });
    const nobodyAsks = (): never => {
      throw new Error('nobody asks this here');
    };
    return {
      repositoryAt: (url) => (url === this.address ? this.repository : undefined),
      pulls: {
        files: () =>
          Promise.resolve({
            items: this.changed.map((path) => ({ path, previousPath: undefined, status: 'modified' as const })),
            isComplete: true,
          }),
        get: nobodyAsks,
        updatedSince: nobodyAsks,
        ofCommit: nobodyAsks,
      },
      contents: {
        tipOf: () => Promise.resolve(shaOf('0')),
        read: (_repository, path) => Promise.resolve(this.files.get(path)),
        compare: (_repository, base, head) =>
          Promise.resolve({ relation: this.contains.get(head)?.includes(base) === true ? 'ahead' : 'diverged' }),
        findFiles: nobodyAsks,
      },
      comments: {
        findOwn: (_repository, number, marker) => {
          const found = this.comments.find(
            (each) => each.number === number && each.isOwn && each.body.includes(marker),
          );
          return Promise.resolve(found && shown(found));
        },
        create: (_repository, number, body) => {
          const comment = { id: this.comments.length + 1, body, isOwn: true, number };
          this.comments.push(comment);
          return this.#write(shown(comment));
        },
        update: (_repository, id, body) => {
          const found = this.comments.find((each) => each.id === id);
          if (found !== undefined) found.body = body;
          return this.#write(found && shown(found));
        },
        remove: (_repository, id) => {
          const index = this.comments.findIndex((each) => each.id === id);
          if (index >= 0) this.comments.splice(index, 1);
          return this.#write(undefined);
        },
        updatedSince: nobodyAsks,
        react: nobodyAsks,
      },
    };
  }
}

const openPull = (repository: GithubRepository): PullRequest => ({
  number: 7,
  title: 'a change',
  state: 'open',
  isDraft: false,
  author: 'ada',
  url: '',
  headSha: shaOf('a'),
  headRef: 'topic',
  headRepository: repository,
  isFork: false,
  baseRef: 'main',
  baseSha: shaOf('0'),
  mergeCommitSha: undefined,
  mergedAt: undefined,
  updatedAt: new Date('2026-03-02T08:00:00Z'),
  labels: [],
});

/** Pull requests beside releases on a real Postgres and git remote, with the engine of deliveries and a GitHub in memory. */
export async function openPullRequestRoom() {
  const host = new MemoryHost();
  const clock = testClock();
  const room = await openReleaseRoom({ mainFile, now: clock.now });
  const loader: PullRequestDeps['loader'] = {
    load: (artifact) => {
      const found = room.loader.files.get(artifact.id);
      return found === undefined ? Promise.reject(new Error('it is gone')) : Promise.resolve(found);
    },
    keep: () => undefined,
  };
  const deps = {
    database: room.database,
    github: host.port(),
    repo: room.repo,
    loader,
    stops: room.deps.stops,
    recovery: { automationHold: () => Promise.resolve(undefined) },
    releaseYamls: createReleaseYamls(host.port()),
    publicUrl: 'https://rm.example',
    configFile: (file: string, line: number) => `https://github.com/acme/config/blob/main/${file}#L${line}`,
    now: clock.now,
  };
  const work = await workDeliveries(
    room.database,
    { kinds: [createCommentDelivery(deps)], reactions: [createCommentReaction(clock.now)] },
    clock,
  );
  let pull = openPull(host.repository);
  let begun = 0;
  return {
    ...room,
    clock,
    host,
    deps,
    /** The manager as a committer. */
    identity: room.deps.identity,
    work,
    /** A repository, a service and a pull request of their own for one test. @returns the name of the service */
    async begin(): Promise<string> {
      begun += 1;
      const service = `web${begun}`;
      host.begin(`shop${begun}`);
      pull = openPull(host.repository);
      await room.personPushes({ [`policies/${service}.yaml`]: policiesOf(service) });
      await room.repo.refresh();
      return service;
    },
    /** A service whose sources lie in the repository. */
    async serves(service: string, text = 'one') {
      const artifact = await room.artifact({ service, text });
      await room.database
        .db('services')
        .where({ name: service })
        .update({ repository: `git@github.com:acme/${host.repository.repo}.git` });
      return artifact;
    },
    /** GitHub tells of a change of the pull request, and what follows from it is done. */
    async told(change: Partial<PullRequest> = {}): Promise<void> {
      clock.pass(60);
      pull = { ...pull, updatedAt: clock.now(), ...change };
      const known = knownFromApi(pull, host.repository, host.address);
      await room.database.transaction((tx) => learnPullRequest(tx, known, clock.now()));
      await work.settle();
    },
    /** What happened is reacted to. */
    async heard(): Promise<void> {
      await work.react();
      await work.settle();
    },
    comment: (): string | undefined => host.comments.find(({ isOwn }) => isOwn)?.body,
  };
}

export type PullRequestRoom = Awaited<ReturnType<typeof openPullRequestRoom>>;
