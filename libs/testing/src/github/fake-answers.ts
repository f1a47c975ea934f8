import { botSlug, notFound, ofRepository, ok, tokenLogin, type Answers } from './answer.ts';
import { checkAnswers } from './check-answers.ts';
import { commentAnswers } from './comment-answers.ts';
import { contentAnswers } from './content-answers.ts';
import { deploymentAnswers } from './deployment-answers.ts';
import { labelAnswers } from './label-answers.ts';
import { pullAnswers } from './pull-answers.ts';

const selfAnswers: Answers = {
  'repos/get': ofRepository((repository, { world }) => {
    const [owner, name] = repository.fullName.split('/');
    // A fork's example, and without what its own schema requires.
    const { source: _, parent: __, ...example } = world.schema.example('full-repository-default-response');
    const { fullName, id, archived } = repository;
    const body = { ...example, language: null, fork: false, id, name, full_name: fullName, archived };
    return ok({ ...body, owner: { ...(example['owner'] as object), login: owner } });
  }),

  'rate-limit/get': ({ world: { schema, now } }) => {
    const example = schema.example('rate-limit-overview');
    const core = { limit: 5000, used: 1, remaining: 4999, reset: Math.floor(now().getTime() / 1000) + 3600 };
    return ok({ ...example, resources: { ...(example['resources'] as object), core }, rate: core });
  },

  'users/get-authenticated': ({ world: { schema } }) => ok({ ...schema.example(privateUser), login: tokenLogin }),

  'apps/get-authenticated': ({ world: { schema, credentials, permissions } }) =>
    ok({
      ...schema.example('integration'),
      id: Number(credentials.appId),
      slug: botSlug,
      name: 'release-manager',
      permissions,
    }),

  'apps/get-repo-installation': ofRepository((_, { world: { schema, credentials } }) =>
    ok({ ...schema.example('base-installation'), id: credentials.installationId }),
  ),

  'apps/create-installation-access-token': ({ params, world }) => {
    const { schema, credentials, permissions, now } = world;
    if (Number(params['installation_id']) !== credentials.installationId) return notFound;
    const expires_at = new Date(now().getTime() + 3_600_000).toISOString();
    const { repositories: _, ...example } = schema.example('installation-token');
    return ok({ ...example, token: credentials.issue(), expires_at, permissions }, 201);
  },
};

const privateUser = 'private-user-response-with-public-and-private-profile-information';

/** What the fake can do; the rest of GitHub is refused. */
export const answers: Answers = {
  ...selfAnswers,
  ...pullAnswers,
  ...commentAnswers,
  ...labelAnswers,
  ...deploymentAnswers,
  ...checkAnswers,
  ...contentAnswers,
};

/** Operations that only the App itself may ask, with its JWT. */
export const appOperations: ReadonlySet<string> = new Set([
  'apps/get-authenticated',
  'apps/get-repo-installation',
  'apps/create-installation-access-token',
]);
