import { compact, isArtifactId } from '@release-manager/domain';
import { z } from 'zod';

const slackActions = [
  'release.rollback',
  'release.hold',
  'release.resume',
  'release.retry',
  'release.logs',
  'release.open',
] as const;
/** What a button of a message can ask for: its `action_id`. `release.open` is a link, which Slack tells us of all the same. */
export const SlackAction = z.enum(slackActions);
export type SlackAction = z.infer<typeof SlackAction>;

/** Far below Slack's 2,000 characters: every field has a limit. */
const name = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[A-Za-z0-9._-]+$/);

/**
 * What the `value` of a button holds, as compact JSON. It says what was shown when somebody pressed, and proves nothing: who
 * pressed is asked of Slack's signature, whether they may of the rights, and whether it is still so of the database.
 */
export const SlackButtonValue = z.strictObject({
  release: name,
  service: name,
  environment: name,
  /** The artifact that the message shows in the environment; absent: an undeploy. */
  artifact: z.string().refine(isArtifactId).optional(),
});
export type SlackButtonValue = z.infer<typeof SlackButtonValue>;

export function writeButtonValue({ release, service, environment, artifact }: SlackButtonValue): string {
  return JSON.stringify(compact({ release, service, environment, artifact }));
}

/** @returns nothing for what no button of ours holds */
export function readButtonValue(text: string): SlackButtonValue | undefined {
  try {
    return SlackButtonValue.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
