import type { Redactor } from '@release-manager/runtime';

import type { Credentials, CredentialSource } from './credentials.ts';

/** What lets the daemon in at the API server is masked in whatever leaves it, what pods print among it. */
export function maskedCredentials(source: CredentialSource, redactor: Redactor): CredentialSource {
  let known: Credentials | undefined;
  return {
    async current() {
      const credentials = await source.current();
      if (credentials === known) return credentials;
      const { authorization } = credentials.headers;
      for (const secret of [authorization?.replace(/^(?:bearer|basic) /i, ''), credentials.tls.key])
        if (secret !== undefined) redactor.register(secret);
      known = credentials;
      return credentials;
    },
    refused: () => source.refused(),
  };
}
