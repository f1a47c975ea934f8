import type { Db } from '@release-manager/postgres';

import { wantDelivery, type Urgency } from '../deliveries/index.ts';
import type { Release } from '../releases/index.ts';
import type { SlackMessageRow } from './message-store.ts';

export interface MessageWish {
  /** What it is about, for people who look at deliveries. */
  readonly release?: Pick<Release, 'id' | 'service' | 'environment'> | undefined;
  readonly urgency: Urgency;
  readonly at: Date;
}

/** Says that a message is to be brought up to date: its own one, or the digest that tells of it. */
export async function wantMessage(
  tx: Db,
  { channel, group_key: group, digest, service }: Pick<SlackMessageRow, 'channel' | 'group_key' | 'digest' | 'service'>,
  { release, urgency, at }: MessageWish,
): Promise<void> {
  const shown = digest ?? group;
  const about = release && { environment: release.environment, releaseId: release.id };
  await wantDelivery(
    tx,
    {
      kind: 'slack.release',
      key: `${channel}/${shown}`,
      subject: { channel, group: shown },
      urgency,
      ...(digest === null ? { service: release?.service ?? service ?? undefined, ...about } : {}),
    },
    at,
  );
}
