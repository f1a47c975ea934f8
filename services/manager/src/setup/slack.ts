import { policiesFor } from '@release-manager/config-repo';
import type { DoctorCheck } from '@release-manager/contract';
import { autoReleaseTargets } from '@release-manager/policies';
import { createSlack, type Slack } from '@release-manager/slack';

import type { Config } from '../config.ts';
import { watchAccess } from '../features/access/index.ts';
import type { DeliveryParts } from '../features/deliveries/index.ts';
import { runCheck } from '../features/doctor/index.ts';
import { checkSlack, createRouting, createSlackDeliveries, startSlackProgress } from '../features/slack/index.ts';
import type { Foundation } from './foundation.ts';

/** Slack, where somebody configured it. */
function openSlack({ SLACK_BOT_TOKEN: token, SLACK_API_URL: baseUrl }: Config): Slack | undefined {
  return token === undefined ? undefined : createSlack({ auth: { token }, baseUrl });
}

/** What is told in Slack; nothing without a token. */
export async function slackParts(foundation: Foundation): Promise<readonly DeliveryParts[]> {
  const { config, database, repo, lifecycle, publicUrl } = foundation;
  const slack = openSlack(config);
  if (slack === undefined) return [];
  // Also a process that answers no requests has to know who is who.
  const watch = await watchAccess(foundation);
  lifecycle.onStop('people in Slack', () => watch.close());
  const parts = createSlackDeliveries({
    ...foundation,
    db: database.db,
    slack,
    access: () => watch.current(),
    environments: () => repo.snapshot().environments.map(({ name }) => name),
    routing: createRouting(
      () => repo.snapshot(),
      () => watch.current().teams,
    ),
    autoEnvironments: (service, branch) => {
      const { policies } = policiesFor(repo.snapshot(), service);
      return autoReleaseTargets(policies, { branch, branchProven: true }).map(({ environment }) => environment);
    },
    releaseUrl: (id) => `${publicUrl}/v1/releases/${id}`,
    clicks: config.SLACK_SIGNING_SECRET !== undefined,
  });
  const progress = startSlackProgress(foundation);
  lifecycle.onStop('progress in Slack', () => progress.stop());
  return [parts];
}

export async function slackChecks({ config }: Foundation): Promise<readonly DoctorCheck[]> {
  const slack = openSlack(config);
  return slack === undefined ? [] : runCheck('slack', () => checkSlack(slack));
}
