import { createGitHttpHandler } from '@release-manager/git';

import type { Rights } from '../features/access/index.ts';
import type { Authenticate, Mount } from '../http/index.ts';

/**
 * Serves the built-in config repo to Flux and to people at `/git`. The password is a token, the user name does not matter:
 * whoever may read may clone, administrators may push.
 */
export function gitMount(root: string, authenticate: Authenticate, rights: Rights): Mount {
  const handle = createGitHttpHandler({
    root,
    async authorize({ write, credentials }) {
      if (credentials === undefined) return false;
      const principal = await authenticate(`Bearer ${credentials.password}`).catch(() => undefined);
      if (principal === undefined) return false;
      return rights.judge(principal, { verb: write ? 'admin' : 'read' }).allowed;
    },
  });
  return { path: '/git', handle };
}
