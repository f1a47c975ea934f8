import type { FakeComment } from '@release-manager/testing';

import { awaitSeen } from '../await-seen.ts';
import type { Platforms } from '../platforms.ts';
import type { Person } from '../processes/person.ts';
import { shopService } from '../shop/catalogue.ts';
import { build, loginOf } from './pipeline.ts';
import type { Cast, Story } from './story.ts';

/** A pull request of cart. */
export interface CartPullRequest {
  readonly number: number;
  readonly title: string;
  readonly author: Person;
  readonly headRef: string;
  readonly headSha: string;
}

/** What a pull request became. */
export interface MergedVersion {
  readonly artifact: string;
  readonly sha: string;
  readonly pull: CartPullRequest;
}

/** Ada opens a pull request; what its merge would do stands in a comment soon after. */
export async function openPullRequest(
  { stage, narrator }: Story,
  { title, branch }: { readonly title: string; readonly branch: string },
): Promise<CartPullRequest> {
  const { platforms, ada } = stage;
  const source = platforms.sourceOf('cart');
  source.branches.set(branch, source.branches.get('main') ?? '');
  source.grow(branch);
  const files = [{ filename: 'src/cart.ts', status: 'modified' }] as const;
  const opened = { title, author: loginOf(ada), head: branch, files };
  const { number, headSha } = await platforms.github.people.open(source, opened);
  narrator.say(`Ada opens the pull request “${title}”: ${platforms.pullPage('cart', number)}`);
  return { number, title, author: ada, headRef: branch, headSha };
}

/** @returns the commit of the merge on main */
export function mergePullRequest({ stage, narrator }: Story, { number, author }: CartPullRequest): Promise<string> {
  const { github, sourceOf } = stage.platforms;
  narrator.say(`Ada merges it`);
  return github.people.merge(sourceOf('cart'), number, loginOf(author), 'squash');
}

/** CI builds a commit of it: its head, or its merge. */
export function buildPullRequest(
  story: Story,
  cast: Cast,
  { pull, ...job }: { readonly pull: CartPullRequest; readonly branch: string; readonly sha: string } & Versioned,
): Promise<string> {
  return build(story, cast, { service: shopService('cart'), message: pull.title, author: pull.author, ...job });
}

interface Versioned {
  readonly run: number;
  readonly tag: string;
}

/** Waits for what the comment of the manager says, shows it, and @returns it. */
export async function showComment(
  { stage, narrator }: Story,
  { number }: CartPullRequest,
  wanted: { readonly what: string; readonly holds: (text: string) => boolean; readonly most?: number },
): Promise<string> {
  const read = (): string => commentsOn(stage.platforms, number).at(-1)?.body ?? 'no comment';
  const text = await awaitSeen(`${wanted.what} on pull request ${number}`, read, wanted.holds);
  narrator.say(`The comment on pull request ${number}:`);
  narrator.answered(readable(text), wanted.most);
  return text;
}

/** What the manager wrote there: one comment at most. */
export function commentsOn({ github, sourceOf }: Platforms, number: number): readonly FakeComment[] {
  return sourceOf('cart').comments.filter((each) => each.number === number && each.author === github.logins.app);
}

/** Markdown as somebody at a terminal wants to read it. */
function readable(markdown: string): string {
  return markdown
    .replaceAll(/<!--.*?-->\n?|\u200B/g, '')
    .replaceAll(/<summary>(.*?)<\/summary>/g, '▸ $1')
    .replaceAll(/<\/?(?:details|sub)>/g, '')
    .replaceAll(/\]\([^)\s]*\)/g, ']')
    .replaceAll(/\\([\\`*_[\]<>~|&#])/g, '$1')
    .replaceAll(/^\|(?: --- \|)+\n/gm, '')
    .replaceAll(/\n{2,}/g, '\n')
    .trim();
}
