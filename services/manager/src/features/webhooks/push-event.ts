import { z } from 'zod';

import { isSameRepository } from '../services/index.ts';

const address = z.string().nullish();

/** The part of GitHub's `push` event that we read. Everything else in it may be absent, null or new. */
const PushEvent = z.object({
  ref: z.string(),
  repository: z.object({ clone_url: address, ssh_url: address, html_url: address }),
});
type PushEvent = z.infer<typeof PushEvent>;

export interface WatchedBranch {
  /** As CONFIG_REPO_URL has it, or `undefined` where the manager serves the repository itself. */
  readonly url: string | undefined;
  readonly branch: string;
}

/** What a push means to us: `ours` when it moved the branch that we read, else in words why it does not matter. */
export type PushMeaning =
  | { readonly kind: 'ours' }
  | { readonly kind: 'other'; readonly why: string }
  | { readonly kind: 'malformed' };

export function readPush(payload: unknown, { url, branch }: WatchedBranch): PushMeaning {
  const parsed = PushEvent.safeParse(payload);
  if (!parsed.success) return { kind: 'malformed' };
  if (url === undefined) return { kind: 'other', why: 'the config repo is not on GitHub' };
  if (!isPushTo(parsed.data, url)) return { kind: 'other', why: 'another repository than the config repo' };
  if (parsed.data.ref !== `refs/heads/${branch}`) return { kind: 'other', why: `another branch than ${branch}` };
  return { kind: 'ours' };
}

/** We may reach by ssh what GitHub names by https too. Its owners and repositories have no case. */
function isPushTo({ repository }: PushEvent, url: string): boolean {
  const names = [repository.clone_url, repository.ssh_url, repository.html_url];
  const ours = githubHost(url).toLowerCase();
  return names.some((name) => typeof name === 'string' && isSameRepository(name.toLowerCase(), ours));
}

/** GitHub's host for ssh on the port of https, for networks that let nothing else out. */
function githubHost(url: string): string {
  return url.replace(/@ssh\.github\.com(?=[:/])/i, '@github.com');
}
