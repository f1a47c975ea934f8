import { z } from 'zod';

import { ActorView, Branch, EnvironmentName, Nothing, ServiceName, Timestamp } from './common.ts';
import { everyone, people, readers, type Operation } from './operation.ts';
import { line } from './text.ts';

const name = (longest: number) => line(longest).min(1);
export const PersonInput = z.strictObject({ id: ServiceName, name: name(200), email: z.email().max(320) });

const expiry = z
  .number()
  .int()
  .min(1)
  .max(3650)
  .optional()
  .describe('Days until it expires; 90 for people, 365 otherwise.');
const pattern = name(200);

export const TokenInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('admin'), name: name(100), person: PersonInput.optional(), expiresInDays: expiry }),
  z.strictObject({ kind: z.literal('personal'), name: name(100), person: PersonInput, expiresInDays: expiry }),
  z.strictObject({
    kind: z.literal('ci'),
    name: name(100),
    services: z.array(pattern).min(1).max(200).describe('Globs of service names.'),
    branches: z.array(pattern).min(1).max(200).describe('Globs of branch names.'),
    expiresInDays: expiry,
  }),
  z.strictObject({
    kind: z.literal('daemon'),
    name: name(100),
    environment: EnvironmentName,
    cluster: ServiceName.default('default'),
    expiresInDays: expiry,
  }),
]);
export type TokenInput = z.infer<typeof TokenInput>;

export const TokenView = z.object({
  id: z.string(),
  kind: z.enum(['admin', 'personal', 'ci', 'daemon']),
  name: z.string(),
  person: PersonInput.optional(),
  services: z.array(z.string()),
  branches: z.array(z.string()),
  environment: z.string().optional(),
  cluster: z.string().optional(),
  createdAt: Timestamp,
  expiresAt: Timestamp,
  revokedAt: Timestamp.optional(),
  lastUsedAt: Timestamp.optional(),
});
export type TokenView = z.infer<typeof TokenView>;

export const createToken = {
  id: 'createToken',
  method: 'post',
  path: '/v1/tokens',
  summary: 'Makes a token. The secret is in this one answer and nowhere else.',
  callers: people,
  params: Nothing,
  query: Nothing,
  body: TokenInput,
  result: z.object({ token: TokenView, secret: z.string() }),
  status: 201,
} satisfies Operation;

export const listTokens = {
  id: 'listTokens',
  method: 'get',
  path: '/v1/tokens',
  summary: 'Tokens without their secrets: all for an administrator, their own for a person.',
  callers: people,
  params: Nothing,
  query: Nothing,
  body: Nothing,
  result: z.object({ items: z.array(TokenView) }),
} satisfies Operation;

export const revokeToken = {
  id: 'revokeToken',
  method: 'delete',
  path: '/v1/tokens/{id}',
  summary: 'Revokes a token at once.',
  callers: people,
  params: z.strictObject({ id: z.string().regex(/^tok_[0-9a-z]{26}$/) }),
  query: Nothing,
  body: Nothing,
  result: TokenView,
} satisfies Operation;

const AccessNotices = z
  .array(z.string())
  .optional()
  .describe('That people.yaml or rights are broken, and what counts instead; absent when all is well.');

export const whoami = {
  id: 'whoami',
  method: 'get',
  path: '/v1/whoami',
  summary: 'Who the token speaks for.',
  callers: everyone.filter((caller) => caller !== 'anonymous'),
  params: Nothing,
  query: Nothing,
  body: Nothing,
  result: z.object({
    actor: ActorView,
    token: TokenView.optional().describe('Absent for ADMIN_TOKEN.'),
    teams: z.array(z.string()).optional().describe('Of the person, as people.yaml declares them.'),
    notices: AccessNotices,
  }),
} satisfies Operation;

/** What a right gives, and besides it the words that people use; each counts as the right in the second place. */
export const rightOf = {
  read: 'read',
  upload: 'upload',
  release: 'release',
  promote: 'release',
  undeploy: 'release',
  retry: 'release',
  restore: 'release',
  rollback: 'rollback',
  quarantine: 'rollback',
  hold: 'hold',
  resume: 'hold',
  policy: 'policy',
  approve: 'approve',
  reject: 'approve',
  'break-glass': 'break-glass',
  admin: 'admin',
} as const;
export type AskedVerb = keyof typeof rightOf;

export const CanIAnswer = z.object({
  allowed: z.boolean(),
  verb: z.string().describe('The right that was asked about: promote is release.'),
  service: z.string().optional(),
  environment: z.string().optional(),
  owner: z.string().optional().describe('The team that owns the service, as registered.'),
  rule: z.string().describe('The rule that decides, in words.'),
  source: z
    .object({ file: z.string(), line: z.number(), commit: z.string().optional() })
    .optional()
    .describe('Where the rule stands; with the commit where it is not the current version that counts.'),
  explanation: z.string().optional().describe('What is not allowed; absent when it is.'),
  next: z.string().optional().describe('The way out, with the line to add.'),
  notices: AccessNotices,
});
export type CanIAnswer = z.infer<typeof CanIAnswer>;

export const canI = {
  id: 'canI',
  method: 'get',
  path: '/v1/can-i',
  summary: 'Whether the caller may do something, by which rule, and in which line of which file it stands.',
  callers: readers,
  params: Nothing,
  query: z.strictObject({
    verb: z.enum(Object.keys(rightOf) as [AskedVerb, ...AskedVerb[]]),
    environment: EnvironmentName.optional(),
    service: ServiceName.optional(),
    branch: Branch.optional().describe('Only for upload.'),
  }),
  body: Nothing,
  result: CanIAnswer,
} satisfies Operation;
