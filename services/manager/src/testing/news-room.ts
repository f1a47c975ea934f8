import { createGithub } from '@release-manager/github';
import { silentLogger } from '@release-manager/runtime';
import { createSlack } from '@release-manager/slack';
import { startFakeGithub, startFakeSlack } from '@release-manager/testing';

import type { Artifact } from '../features/artifacts/index.ts';
import type { DeliveryParts } from '../features/deliveries/index.ts';
import {
  createDeploymentDelivery,
  createDeploymentReaction,
  createLabelDelivery,
  createLabelReaction,
} from '../features/github/index.ts';
import { createCommentDelivery, createCommentReaction, createReleaseYamls } from '../features/pull-requests/index.ts';
import { createSlackDeliveries } from '../features/slack/index.ts';
import { testClock, workDeliveries } from './delivery-room.ts';
import { manifests, openReleaseRoom } from './release-room.ts';

const environments = ['dev', 'staging', 'prod'] as const;
const publicUrl = 'https://rm.example';
const repositoryName = 'shop/all';
/** For a machine that does much else: slowness is no outage. */
const patienceMs = 30_000;

/** Everything that is told of releases, by what really tells it, to a GitHub and a Slack that enforce their limits on one clock. */
export async function openNewsRoom(channels: Readonly<Record<string, string>>) {
  const clock = testClock();
  const { now } = clock;
  const github = await startFakeGithub(now);
  const slack = await startFakeSlack({ now });
  const notifications = Object.entries(channels).map(([services, id]) => {
    slack.channel(id);
    return `  - { services: ['${services}'], slack: ${id} }\n`;
  });
  const room = await openReleaseRoom({
    mainFile: `environments:
  - { name: dev }
  - { name: staging }
  - { name: prod, protected: true }
notifications:
${notifications.join('')}`,
    now,
  });
  const { database, repo } = room;
  const source = github.repository(repositoryName);
  const address = `https://${github.host}/${repositoryName}`;
  const api = createGithub({
    auth: { kind: 'token', token: github.token },
    baseUrl: github.url,
    userAgent: 'release-manager',
    now,
    retryUnitMs: 1,
    timeoutMs: patienceMs,
  });
  const common = { ...room.deps, github: api, publicUrl };
  const comments = {
    ...common,
    recovery: { automationHold: () => Promise.resolve(undefined) },
    releaseYamls: createReleaseYamls(api),
    configFile: (file: string, line: number) => `https://config.example/${file}#L${line}`,
  };
  const ofSlack = createSlackDeliveries({
    ...room.deps,
    db: database.db,
    slack: createSlack({ auth: { token: slack.token }, baseUrl: slack.url, timeoutMs: patienceMs }),
    access: () => ({ people: new Map<string, never>() }),
    environments: () => environments,
    routing: () => ({ ...repo.snapshot(), teams: new Map<string, never>() }),
    autoEnvironments: () => environments,
    releaseUrl: (id) => `${publicUrl}/v1/releases/${id}`,
    clicks: true,
    logger: silentLogger,
  });
  const parts: DeliveryParts = {
    kinds: [
      createDeploymentDelivery(common),
      createLabelDelivery(common),
      createCommentDelivery(comments),
      ...ofSlack.kinds,
    ],
    reactions: [
      createDeploymentReaction(api, now),
      createLabelReaction(common),
      createCommentReaction(now),
      ...ofSlack.reactions,
    ],
  };
  return {
    database,
    clock,
    github,
    slack,
    source,
    work: await workDeliveries(database, parts, clock),
    /** An artifact of the commit that a pull request was merged as, which goes everywhere by itself. @returns it, and the number */
    async merged(service: string, text: string): Promise<{ readonly artifact: Artifact; readonly number: number }> {
      const rendered = manifests(service, text);
      const built = await room.artifact({
        service,
        text,
        namespace: service,
        environments: Object.fromEntries(environments.map((name) => [name, rendered])),
      });
      const at = now();
      const artifact = { ...built, sha: source.grow('main') };
      await database.db('artifacts').where({ id: artifact.id }).update({ sha: artifact.sha });
      await database.db('services').where({ name: service }).update({ repository: address });
      const pull = await github.people.open(source, { title: text, author: 'ada', head: artifact.id, files: [] });
      Object.assign(pull, { state: 'closed', mergedAt: at, mergeCommitSha: artifact.sha });
      const { number, title, headRef, headSha } = pull;
      const place = { repository: repositoryName, number };
      await database.db('pull_requests').insert({
        ...place,
        address,
        title,
        draft: false,
        state: 'merged',
        head_sha: headSha,
        head_branch: headRef,
        base_branch: artifact.branch,
        merge_sha: artifact.sha,
        merged_at: at,
        updated_at: at,
      });
      await database
        .db('pull_request_targets')
        .insert(
          environments.map((environment, index) => ({ ...place, service, environment, place: index, policy: 'auto' })),
        );
      return { artifact, number };
    },
    async close(): Promise<void> {
      await room.close();
      await github.stop();
      await slack.stop();
    },
  };
}

export type NewsRoom = Awaited<ReturnType<typeof openNewsRoom>>;
