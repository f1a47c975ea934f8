import { randomBytes } from 'node:crypto';

import webhookExamples from '@octokit/webhooks-examples' with { type: 'json' };
import {
  startFakeGithub,
  startFakeSlack,
  type FakeGithub,
  type FakeRepository,
  type FakeSlack,
  type WebhookExamples,
} from '@release-manager/testing';

import { shopNamespace, shopServices, type ShopService } from './shop/catalogue.ts';

/** The channel of the team that owns cart. */
export const checkoutChannel = 'C0CHECKOUT';

/** Who is in Slack; Eve is known to nobody else. */
const people = [
  { email: 'ada@example.com', id: 'U0ADA', name: 'Ada Lindqvist' },
  { email: 'sam@example.com', id: 'U0SAM', name: 'Sam Okoro' },
  { email: 'grace@example.com', id: 'U0GRACE', name: 'Grace Mensah' },
  { email: 'eve@elsewhere.example', id: 'U0EVE', name: 'Eve (a stranger)' },
];

/** Stand-ins for GitHub and Slack on loopback ports: nothing that the demo says leaves the machine. */
export interface Platforms {
  readonly github: FakeGithub;
  readonly slack: FakeSlack;
  /** By which the manager finds them. */
  readonly managerSettings: Readonly<Record<string, string>>;
  /** Where the source of a service lies. */
  readonly sourceOf: (service: string) => FakeRepository;
  /** The page of a pull request, for a browser. */
  readonly pullPage: (service: string, number: number) => string;
  /** The page of the team's channel. */
  readonly channelPage: string;
  /** From now on the manager hears what happens there. */
  tell(managerUrl: string): void;
  close(): Promise<void>;
}

export async function startPlatforms(): Promise<Platforms> {
  const webhookSecret = randomBytes(24).toString('base64url');
  const signingSecret = randomBytes(24).toString('base64url');
  const github = await startFakeGithub();
  const slack = await startFakeSlack();
  const sources = new Map(shopServices.map((service) => [service.name, makeSource(github, service)]));
  slack.channel(checkoutChannel);
  for (const { email, id, name } of people) slack.person(email, id, name);
  return {
    github,
    slack,
    managerSettings: {
      GITHUB_API_URL: github.url,
      GITHUB_APP_ID: github.appId,
      GITHUB_APP_PRIVATE_KEY: github.privateKey,
      GITHUB_WEBHOOK_SECRET: webhookSecret,
      SLACK_API_URL: slack.url,
      SLACK_BOT_TOKEN: slack.token,
      SLACK_SIGNING_SECRET: signingSecret,
    },
    sourceOf(service) {
      const source = sources.get(service);
      if (source === undefined) throw new Error(`the shop has no service ${service}`);
      return source;
    },
    pullPage: (service, number) => `${github.url}/${shopNamespace}/${service}/pull/${number}`,
    channelPage: `${new URL(slack.url).origin}/channels/${checkoutChannel}`,
    tell(managerUrl) {
      const examples = webhookExamples as unknown as WebhookExamples;
      slack.interactions.to({ url: `${managerUrl}/v1/webhooks/slack`, signingSecret });
      github.webhooks.to({ url: `${managerUrl}/v1/webhooks/github`, secret: webhookSecret, examples });
    },
    async close() {
      await Promise.all([github.stop(), slack.stop()]);
    },
  };
}

/** A repository with the file that says which service it is. */
function makeSource(github: FakeGithub, service: ShopService): FakeRepository {
  const source = github.repository(`${shopNamespace}/${service.name}`);
  source.grow('main', { 'release.yaml': releaseYamlOf(service) });
  return source;
}

/** What says in a source repository which service it is, and whose. */
export function releaseYamlOf({ name, owner }: ShopService): string {
  return `service: ${name}\nnamespace: ${shopNamespace}\nowner: ${owner}\n`;
}
