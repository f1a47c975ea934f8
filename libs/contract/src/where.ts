import { isArtifactId } from '@release-manager/domain';
import { z } from 'zod';

import { ArtifactState } from './artifacts.ts';
import { Nothing, page, Paging, ServiceName, Timestamp } from './common.ts';
import { readers, type Operation } from './operation.ts';
import { ReleaseView } from './releases.ts';

/** A step of the way, in the order in which they were taken. */
export const Hop = z.object({
  name: z
    .string()
    .describe(
      '`built`, `registered`, `ready` or `rejected`; of a release its states: `queued`, `committed`, `applied`, …',
    ),
  at: Timestamp,
  seconds: z
    .number()
    .describe('Since the step before; of the first one, how long it took where that is known, else 0.'),
});
export type Hop = z.infer<typeof Hop>;

/** What became of an artifact in one environment. */
export const WhereEnvironment = z.object({
  environment: z.string(),
  state: z
    .enum(['ready', 'rejected', 'absent', 'unknown'])
    .describe(
      'Of its manifests there; `absent`: it has none for the environment, `unknown`: they are not verified yet.',
    ),
  /** The config repo holds it there now. */
  isThere: z.boolean(),
  /** What the config repo holds there now; absent where nothing is. */
  there: z.string().optional(),
  /** The release that counts: the last that was committed or still may be, else the last one. */
  release: ReleaseView.optional(),
  hops: z.array(Hop),
});
export type WhereEnvironment = z.infer<typeof WhereEnvironment>;

export const WhereView = z.object({
  artifact: z.string(),
  service: z.string(),
  branch: z.string(),
  sha: z.string(),
  state: ArtifactState,
  author: z.string().optional(),
  message: z.string().optional().describe('First line of the commit message.'),
  hops: z.array(Hop),
  /** The declared ones in the order of promotion, then others where it went. */
  environments: z.array(WhereEnvironment),
});
export type WhereView = z.infer<typeof WhereView>;

export const showWhere = {
  id: 'showWhere',
  method: 'get',
  path: '/v1/where/{what}',
  summary: 'How far a commit or an artifact came: built, ready, and in each environment committed, applied, healthy.',
  callers: readers,
  params: z.strictObject({
    what: z
      .string()
      .refine(
        (text) => /^[0-9a-f]{7,40}$/.test(text) || isArtifactId(text),
        'the first 7 or more hex digits of a commit, or an artifact id',
      )
      .describe('The first 7 or more digits of the sha, or the id of an artifact.'),
  }),
  query: z.strictObject({ service: ServiceName.optional(), ...Paging }),
  body: Nothing,
  result: page(WhereView),
} satisfies Operation;
