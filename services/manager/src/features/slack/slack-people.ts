import { messageOf } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';
import type { Logger } from '@release-manager/runtime';
import type { Slack } from '@release-manager/slack';

import { findPerson, type AccessInForce } from '../access/index.ts';
import type { Release } from '../releases/index.ts';

export interface SlackPeopleDeps {
  readonly db: Db;
  readonly slack: Pick<Slack, 'lookupUserByEmail'>;
  readonly access: () => Pick<AccessInForce, 'people'>;
  readonly logger: Logger;
}

const day = 24 * 3_600_000;
/** How long an answer of Slack's counts; whoever is not there today may join tomorrow. */
const foundForMs = 30 * day;
const missedForMs = day;

/**
 * The Slack id of whom a release concerns most: who asked for it, or the author of the commit where it was automation. By
 * `people.yaml`, which also knows GitHub's addresses that are no mailbox; else by their e-mail, asked of Slack and kept.
 * Nothing where nobody is known, and where Slack does not say: a message is sent all the same.
 */
export async function slackIdOf(
  deps: SlackPeopleDeps,
  { actor, author }: Pick<Release, 'actor' | 'author'>,
  context: { readonly now: Date; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { people } = deps.access();
  const asker = actor.kind === 'person' || actor.kind === 'admin' ? actor.person : undefined;
  const email = asker?.email ?? author.email;
  const person = (asker && people.get(asker.id)) ?? findByEmail(deps.access(), email);
  return person?.slack ?? (await askedOfSlack(deps, email.toLowerCase(), context));
}

function findByEmail(access: Pick<AccessInForce, 'people'>, email: string) {
  // `1234+ada@users.noreply.github.com`: what GitHub writes for those who hide their e-mail.
  const login = /^(?:\d+\+)?([a-z0-9-]+)@users\.noreply\.github\.com$/i.exec(email)?.[1];
  return (
    findPerson(access, { email }).person ??
    (login === undefined ? undefined : findPerson(access, { github: login }).person)
  );
}

interface KnownRow {
  readonly email: string;
  readonly slack_id: string | null;
  readonly checked_at: Date;
}

async function askedOfSlack(
  { db, slack, logger }: SlackPeopleDeps,
  email: string,
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<string | undefined> {
  if (!isMailbox(email)) return undefined;
  const known = await db<KnownRow>('slack_people').where({ email }).first();
  if (known !== undefined && stillCounts(known, now)) return known.slack_id ?? undefined;
  try {
    const id = await slack.lookupUserByEmail(email, signal);
    const row = { email, slack_id: id ?? null, checked_at: now };
    await db('slack_people').insert(row).onConflict('email').merge();
    return id;
  } catch (error) {
    logger.warn('Slack could not be asked who somebody is', { error: messageOf(error) });
    return known?.slack_id ?? undefined;
  }
}

function isMailbox(email: string): boolean {
  return /^[^@\s]+@[^@\s]+$/.test(email) && email.length <= 320 && !email.endsWith('noreply.github.com');
}

function stillCounts({ slack_id: id, checked_at: at }: KnownRow, now: Date): boolean {
  return now.getTime() - at.getTime() < (id === null ? missedForMs : foundForMs);
}
