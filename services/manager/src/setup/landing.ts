import type { LandingPage } from '../http/index.ts';
import type { Foundation } from './foundation.ts';
import { builtInRepository } from './open-config-repo.ts';

/** The page of addresses at `/`, until there is a console. */
export function landingPage({ publicUrl, repoPlace }: Pick<Foundation, 'publicUrl' | 'repoPlace'>): LandingPage {
  const repository =
    repoPlace.servedFrom === undefined
      ? []
      : [
          {
            label: 'Config repo',
            url: `${publicUrl}/git/${builtInRepository}`,
            about: 'git clone it with any user name and a token as the password',
          },
        ];
  return {
    title: 'release-manager',
    intro: 'Releases rendered manifests into the config repo that Flux applies.',
    addresses: [
      { label: 'Command line', url: `${publicUrl}/cli`, about: 'release-cli in one file, for Node 22 and newer' },
      { label: 'API', url: `${publicUrl}/v1/openapi.json`, about: 'OpenAPI description of everything below /v1' },
      { label: 'Readiness', url: `${publicUrl}/readyz`, about: 'whether database, store and config repo answer' },
      ...repository,
    ],
  };
}
