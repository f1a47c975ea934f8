import { cutPage, parsePosition, type Routes } from '../../http/index.ts';
import type { ArtifactService } from './artifact-service.ts';
import { toArtifactView } from './artifact-view.ts';

type ArtifactOperations = 'registerArtifact' | 'completeArtifact' | 'showArtifact' | 'listArtifacts';

/** Bringing artifacts in, and reading their verdicts. */
export function createArtifactRoutes({ service }: { readonly service: ArtifactService }): Routes<ArtifactOperations> {
  return {
    async registerArtifact({ principal, body }) {
      const { artifact, upload } = await service.register(principal, body);
      if (upload === undefined) return { artifact: toArtifactView(artifact) };
      const { url, method, headers, expiresAt } = upload;
      return {
        artifact: toArtifactView(artifact),
        upload: { url, method, headers: { ...headers }, expiresAt: expiresAt.toISOString() },
      };
    },

    completeArtifact: async ({ principal, params }) => toArtifactView(await service.complete(principal, params.id)),

    showArtifact: async ({ params, query, signal }) =>
      toArtifactView(await service.show(params.id, { seconds: query.wait, signal })),

    async listArtifacts({ query: { limit, cursor, ...filter } }) {
      const found = await service.list(filter, limit + 1, parsePosition(cursor));
      return cutPage(found, limit, toArtifactView, ({ seq }) => seq);
    },
  };
}
