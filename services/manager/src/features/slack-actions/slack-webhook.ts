import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { AppError } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';

import { readRawBody, type RawRoute } from '../../http/index.ts';
import { takeChatRequest } from '../chat/index.ts';
import { answerText } from './answer-text.ts';
import { readInteraction, type Interaction } from './read-interaction.ts';
import { isResponseUrl } from './respond.ts';
import { judgeSlackSignature } from './slack-signature.ts';

export interface SlackWebhookDeps {
  readonly database: Database;
  readonly queue: Pick<Queue, 'enqueue'>;
  /** Without it nothing is taken. */
  readonly signingSecret: string | undefined;
  /** Base address of Slack's API. */
  readonly apiUrl: string;
  readonly now: () => Date;
}

/**
 * `POST /v1/webhooks/slack`: clicks and slash commands. Guarded by Slack's signature of the raw body, which is checked before
 * anything in it is read, within five minutes. What is asked for is stored, and only then acknowledged, which takes
 * milliseconds of the three seconds that Slack waits; whoever asked is told how it went afterwards.
 */
export function createSlackWebhook(deps: SlackWebhookDeps): RawRoute {
  return {
    method: 'post',
    path: '/v1/webhooks/slack',
    async handle(request, response) {
      const body = await readSigned(request, deps);
      const interaction = readInteraction(body.toString('utf8'));
      if (interaction === undefined) throw malformed('it is no click and no command of ours');
      const shown = await take(deps, interaction, createHash('sha256').update(body).digest('hex'));
      if (shown === undefined) response.status(200).end();
      else response.status(200).json({ response_type: 'ephemeral', text: shown });
    },
  };
}

async function readSigned(request: IncomingMessage, { signingSecret, now }: SlackWebhookDeps): Promise<Buffer> {
  if (signingSecret === undefined) {
    throw new AppError('not-found', 'webhook.off', 'This manager takes no requests of Slack.', {
      next: 'whoever runs the manager can set SLACK_SIGNING_SECRET',
    });
  }
  const { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp } = request.headers;
  // A stranger's megabyte is not even read.
  if (typeof signature !== 'string' || typeof timestamp !== 'string') throw unsigned('is not signed');
  const body = await readRawBody(request);
  const verdict = judgeSlackSignature(signingSecret, { body, timestamp, signature }, now());
  if (verdict === 'forged') throw unsigned('is not signed with our secret');
  if (verdict === 'late') throw unsigned('is more than five minutes old, or one of the clocks is wrong');
  return body;
}

/** @returns what they who asked are shown at once */
async function take(deps: SlackWebhookDeps, interaction: Interaction, mark: string): Promise<string | undefined> {
  if (interaction.kind === 'nothing') return undefined;
  const { asked, user: asker, responseUrl, isCommand } = interaction;
  if (asked.kind === 'words') return answerText({ ok: true, says: asked.says });
  if (!isResponseUrl(responseUrl, deps.apiUrl)) throw malformed('its answer would not go to Slack');
  const { command } = asked;
  // A request that is sent again is the same one, down to the byte: it is stored once.
  await takeChatRequest(deps, { source: 'slack', mark, asker, command, reply: { responseUrl } });
  return isCommand ? answerText({ ok: true, says: 'On it.' }) : undefined;
}

function unsigned(why: string): AppError {
  return new AppError('forbidden', 'webhook.signature', `The request ${why}.`, {
    next: 'set the signing secret of the Slack app in SLACK_SIGNING_SECRET',
  });
}

function malformed(why: string): AppError {
  return new AppError('invalid', 'webhook.payload', `The request cannot be read: ${why}.`);
}
