import type { DoctorCheck } from '@release-manager/contract';
import type { Slack } from '@release-manager/slack';

type Finding = Omit<DoctorCheck, 'name'>;

interface Wish {
  readonly scope: string;
  readonly without: string;
}

const wishes: readonly Wish[] = [
  { scope: 'channels:history', without: 'a message whose sending was interrupted may be sent twice (“at least once”)' },
  { scope: 'groups:history', without: 'the same for private channels' },
  { scope: 'files:write', without: 'of long logs only the end is shown' },
  { scope: 'users:read.email', without: 'authors whom people.yaml does not name are not told of failures' },
];

/** Whether Slack takes our token, and what its scopes leave out. Throws the errors of the port. */
export async function checkSlack(slack: Pick<Slack, 'authTest'>): Promise<Finding> {
  const { team, user, scopes } = await slack.authTest();
  const who = `the token counts for ${user} in ${team}`;
  if (scopes === undefined) return { status: 'ok', message: `${who}; Slack does not tell its scopes` };
  const next = 'add it to the app (docs/slack.md has the manifest), and install the app again';
  if (!scopes.includes('chat:write')) {
    return { status: 'failed', message: `${who}, but it lacks chat:write: nothing can be posted`, next };
  }
  const lacking = wishes.filter(({ scope }) => !scopes.includes(scope));
  if (lacking.length === 0) return { status: 'ok', message: who };
  const words = lacking.map(({ scope, without }) => `${scope}: ${without}`);
  return { status: 'warning', message: `${who}; it lacks ${words.join('; ')}`, next };
}
