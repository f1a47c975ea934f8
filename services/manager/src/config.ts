import { resolve } from 'node:path';

import {
  defineOptions,
  logLevels,
  readOptions,
  secretValues,
  type Environment,
  type Options,
} from '@release-manager/runtime';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const text = z.string().min(1);
const networks = z
  .string()
  .transform((list) => list.split(',').map((network) => network.trim()))
  .pipe(z.array(z.union([z.cidrv4(), z.cidrv6()], 'networks such as 10.1.2.0/24 or fd00::/8, separated by commas')));
const headers = z
  .string()
  .regex(/^[\w-]+=[^,]*(?:,[\w-]+=[^,]*)*$/, 'name=value, separated by commas')
  .refine((list) => !/%(?![0-9A-Fa-f]{2})/.test(list), 'a % that is no part of an encoded character is written %25');

/** Every setting of the manager; `docs/reference/settings.md` is made from this table. */
export const settings = defineOptions({
  PORT: { schema: port, default: 8080, description: 'Port of the API and the pages; 0 takes a free one' },
  METRICS_PORT: {
    schema: port,
    default: 9090,
    description: 'Port of the Prometheus metrics, for the inside of your network only; 0 takes a free one',
  },
  PUBLIC_URL: {
    schema: z.url({ protocol: /^https?$/ }).optional(),
    description: 'Address under which people and CI reach the manager; `http://localhost:<PORT>` when absent',
  },
  DATA_DIR: { schema: text, default: './data', description: 'Folder for the mirror and whatever runs embedded' },
  DATABASE_URL: {
    schema: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    description: 'Postgres 15 or newer; an embedded Postgres with its data in DATA_DIR when absent',
    secret: true,
  },
  ARTIFACT_STORE: {
    schema: text.optional(),
    description:
      '`s3://bucket/prefix` (endpoint, region and credentials by the AWS SDK’s own variables) or `file:/folder`; a folder in DATA_DIR when absent',
  },
  ARTIFACT_QUEUE_URL: {
    schema: z.url({ protocol: /^https?$/ }).optional(),
    description:
      'SQS queue to which the bucket of ARTIFACT_STORE tells of new objects below `incoming/`; without it they are found within a minute by looking',
  },
  CONFIG_REPO_URL: {
    schema: text.optional(),
    description: 'https:// or ssh:// address of the config repo; one that the manager serves itself when absent',
  },
  CONFIG_REPO_BRANCH: { schema: text, default: 'main', description: 'Branch that Flux reads' },
  CONFIG_REPO_USERNAME: { schema: text, default: 'git', description: 'User name that goes with CONFIG_REPO_TOKEN' },
  CONFIG_REPO_TOKEN: {
    schema: text.optional(),
    description: 'Token that may read and push the config repo, for https://',
    secret: true,
  },
  CONFIG_REPO_SSH_KEY: {
    schema: text.optional(),
    description: 'Private key without passphrase that may read and push the config repo, for ssh://',
    secret: true,
  },
  CONFIG_REPO_KNOWN_HOSTS: {
    schema: text.optional(),
    description: 'Lines of a `known_hosts` file: the only hosts that are believed over ssh://',
    // Not secret in itself; a file is how such lines are kept.
    secret: true,
  },
  COMMIT_SIGNING_KEY: {
    schema: text.optional(),
    description: 'OpenSSH or armored OpenPGP private key without passphrase that signs every commit of the manager',
    secret: true,
  },
  GITHUB_TOKEN: {
    schema: text.optional(),
    description:
      'Token for the source repositories; with it, or with a GitHub App, a commit has to be on its branch before it counts in protected environments, and pull requests and deployments are told of releases (docs/github.md)',
    secret: true,
  },
  GITHUB_APP_ID: { schema: text.optional(), description: 'Id of a GitHub App, instead of GITHUB_TOKEN' },
  GITHUB_APP_PRIVATE_KEY: {
    schema: text.optional(),
    description: 'Private key of that App, as GitHub hands it out (PEM)',
    secret: true,
  },
  GITHUB_API_URL: {
    schema: z.url({ protocol: /^https?$/ }),
    default: 'https://api.github.com',
    description: 'Address of the REST API; of a GitHub of your own `https://<host>/api/v3`',
  },
  GITHUB_WEBHOOK_SECRET: {
    schema: z.string().min(16, 'at least 16 characters').optional(),
    description: 'Secret of the GitHub webhook at /v1/webhooks/github; without it nothing is taken there',
    secret: true,
  },
  SLACK_BOT_TOKEN: {
    schema: text.optional(),
    description: 'Bot token of the Slack app (`xoxb-…`); without it nothing is told in Slack',
    secret: true,
  },
  SLACK_SIGNING_SECRET: {
    schema: z.string().min(16, 'at least 16 characters').optional(),
    description:
      'Signing secret of the Slack app, for buttons and commands at /v1/webhooks/slack; without it none are taken',
    secret: true,
  },
  SLACK_API_URL: {
    schema: z.url({ protocol: /^https?$/ }),
    default: 'https://slack.com/api/',
    description: "Address of Slack's API",
  },
  OUTGOING: {
    schema: text.optional(),
    description:
      'Who else hears of releases: webhooks, Grafana, PagerDuty, with their secrets, as JSON (docs/notifications.md)',
    secret: true,
  },
  OUTGOING_PRIVATE_NETWORKS: {
    schema: networks.optional(),
    description:
      'Networks such as `10.1.2.0/24`, separated by commas, in which receivers of OUTGOING may live; elsewhere only public addresses are spoken to',
  },
  FLUX_WEBHOOK_KEY: {
    schema: z.string().min(16, 'at least 16 characters').optional(),
    description:
      'Key from which the secret of each cluster for events of Flux is made (`release-cli token flux`); without it none are taken',
    secret: true,
  },
  CONFIG_REPO_POLL_SECONDS: {
    schema: z.coerce.number().min(0.2).max(30),
    default: 10,
    description: 'How often the config repo is asked for other people’s pushes, in seconds',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    schema: z.url({ protocol: /^https?$/ }).optional(),
    description: 'OTLP/HTTP receiver of a trace collector, which gets one trace per release; none when absent',
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    schema: headers.optional(),
    description: 'Headers for the collector: `name=value`, separated by commas, values encoded like a URL',
    secret: true,
  },
  OTEL_SERVICE_NAME: {
    schema: z.string().min(1).max(100),
    default: 'release-manager',
    description: 'The name under which traces are found',
  },
  ADMIN_TOKEN: {
    schema: z.string().min(16, 'at least 16 characters').optional(),
    description: 'Token of the actor `admin`; a random one in DATA_DIR/admin-token when absent',
    secret: true,
  },
  ROLE: {
    schema: z.enum(['all', 'api', 'worker']),
    default: 'all',
    description: '`api` answers requests, `worker` verifies artifacts and writes the config repo, `all` does both',
  },
  RATE_LIMIT_PER_MINUTE: {
    schema: z.coerce.number().int().min(10).max(10_000_000),
    default: 6000,
    description:
      'Requests per minute of one token, and without a token of one address; an address has a tenth of it for tokens that do not count',
  },
  TRUST_PROXY: {
    schema: z.coerce.number().int().min(0).max(10),
    default: 0,
    description:
      'How many reverse proxies of yours stand in front and add the sender to X-Forwarded-For; with 0 that header is not believed',
  },
  DRAIN_SECONDS: {
    schema: z.coerce.number().min(0).max(300),
    default: 0,
    description:
      'How long the manager still answers after SIGTERM while /readyz says 503, so that a load balancer notices before it goes',
  },
  LOG_LEVEL: { schema: z.enum(logLevels), default: 'info', description: 'The least important lines that are logged' },
});

export type Config = Options<typeof settings>;

/** @throws AppError invalid `config.invalid`, listing everything that is wrong at once */
export function readConfig(environment: Environment): Config {
  const config = readOptions(settings, environment);
  // Git takes no relative path for the address of a repository, and whoever reads where a file is may stand elsewhere.
  return { ...config, DATA_DIR: resolve(config.DATA_DIR) };
}

/** What no log may show. */
export function configSecrets(config: Config): string[] {
  return secretValues(settings, config);
}
