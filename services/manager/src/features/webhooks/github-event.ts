import { z } from 'zod';

/** What of GitHub's events is read; whatever else is in them may be absent, null or new. */
const Repository = z.object({ full_name: z.string().max(250), html_url: z.string().max(1000) });
const User = z.object({ login: z.string().max(100) }).nullish();
const Sha = z.string().regex(/^[0-9a-f]{40}$/);
const Branch = z.string().min(1).max(300);

const PullRequestEvent = z.object({
  action: z.string().max(100),
  repository: Repository,
  pull_request: z.object({
    number: z.int().positive(),
    title: z.string(),
    state: z.enum(['open', 'closed']),
    draft: z.boolean().nullish(),
    user: User,
    head: z.object({ sha: Sha, ref: Branch, repo: z.object({ full_name: z.string().max(250) }).nullish() }),
    base: z.object({ ref: Branch }),
    merged: z.boolean().nullish(),
    merge_commit_sha: z.string().nullish(),
    merged_at: z.coerce.date().nullish(),
    updated_at: z.coerce.date(),
  }),
});

const SourcePushEvent = z.object({
  ref: z.string().max(1000),
  repository: z.object({ full_name: z.string().max(250).nullish(), html_url: z.string().max(1000).nullish() }),
});

const IssueCommentEvent = z.object({
  action: z.string().max(100),
  repository: Repository,
  issue: z.object({ number: z.int().positive(), pull_request: z.object({}).nullish() }),
  comment: z.object({
    id: z.int().positive(),
    // A command is its first line: no more of it is stored, and nothing that Postgres cannot keep.
    body: z
      .string()
      .transform((text) => text.slice(0, 2000).toWellFormed().replaceAll('\0', ' '))
      .nullish(),
    user: User,
    created_at: z.coerce.date(),
  }),
});

/** What of its repositories an App may see has changed. */
const InstallationEvent = z.object({ action: z.string().max(100) });

const schemas = {
  pull_request: PullRequestEvent,
  push: SourcePushEvent,
  issue_comment: IssueCommentEvent,
  installation: InstallationEvent,
  installation_repositories: InstallationEvent,
} as const;

export type PullRequestEvent = z.infer<typeof PullRequestEvent>;
export type IssueCommentEvent = z.infer<typeof IssueCommentEvent>;

/** An event of GitHub, read. */
export type GithubEvent =
  | { readonly event: 'pull_request'; readonly payload: PullRequestEvent }
  | { readonly event: 'push'; readonly payload: z.infer<typeof SourcePushEvent> }
  | { readonly event: 'issue_comment'; readonly payload: IssueCommentEvent }
  | {
      readonly event: 'installation' | 'installation_repositories';
      readonly payload: z.infer<typeof InstallationEvent>;
    };

export function isGithubEvent(name: string | undefined): name is GithubEvent['event'] {
  return name !== undefined && Object.hasOwn(schemas, name);
}

/** Undefined when it is none of GitHub's events of that name. */
export function readGithubEvent(event: GithubEvent['event'], payload: unknown): GithubEvent | undefined {
  const parsed = schemas[event].safeParse(payload);
  return parsed.success ? ({ event, payload: parsed.data } as GithubEvent) : undefined;
}

/** Web address of the repository that it speaks of; of the installation of an App it is none. */
export function addressOf({ payload }: GithubEvent): string | undefined {
  return 'repository' in payload ? (payload.repository.html_url ?? undefined) : undefined;
}
