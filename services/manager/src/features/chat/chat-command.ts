import { ArtifactId, Branch, EnvironmentName, ReleaseId, ServiceName } from '@release-manager/contract';
import { z } from 'zod';

const environments = z.array(EnvironmentName).min(1).max(50);
/** Parsed again by the operation that it ends in; here it only has to be one line that is not endless. */
const reason = z.string().max(1000);
const target = { service: ServiceName, environment: EnvironmentName };

/**
 * What somebody asks for in a chat or a comment, fully named: which service, which environment. It is stored before it is done, so
 * its form is a schema.
 */
export const ChatCommand = z.discriminatedUnion('verb', [
  z.object({
    verb: z.literal('release'),
    service: ServiceName,
    environments,
    branch: Branch.optional(),
    artifact: ArtifactId.optional(),
  }),
  z.object({ verb: z.literal('rollback'), ...target, to: ArtifactId.optional(), from: ArtifactId.optional(), reason }),
  /** `unlessHeld`: a hold that is there already stays as it is, with its own reason and end. */
  z.object({ verb: z.literal('hold'), ...target, reason, unlessHeld: z.literal(true).optional() }),
  z.object({ verb: z.literal('resume'), ...target }),
  z.object({ verb: z.literal('retry'), release: ReleaseId }),
  z.object({ verb: z.literal('why'), ...target }),
  z.object({ verb: z.literal('status'), service: ServiceName }),
  z.object({ verb: z.literal('logs'), release: ReleaseId }),
]);
export type ChatCommand = z.infer<typeof ChatCommand>;

/** What the place of the words says already, so that nobody has to write it. */
export interface ChatPlace {
  /** The one service that a pull request is about. */
  readonly service?: string | undefined;
  /** What `release` means there without a branch: what was built of the pull request's head. */
  readonly artifact?: string | undefined;
  /** What is meant where no verb is named: what the command itself is called. */
  readonly verb?: 'release' | undefined;
  /** How a command begins there, for examples: `/` in a pull request, `/release ` in Slack. */
  readonly prefix: string;
  /** What the reason is of a person who gives none. */
  readonly from: string;
}

export type ParsedCommand =
  | { readonly kind: 'command'; readonly command: ChatCommand }
  /** Help was asked for, or nothing that we know: `says` is the answer. */
  | { readonly kind: 'words'; readonly says: string };
