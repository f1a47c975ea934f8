import type { Stage } from './stage.ts';

/** Commands that work from the checkout while the demo runs. */
export function whatToTry({ managerUrl, hosting, repoToken, clusters }: Stage, token: string): string {
  const clone = hosting.url.replace('//', `//git:${repoToken}@`);
  return `
It all runs on. In another terminal, in this checkout:

  export RELEASE_MANAGER_URL=${managerUrl}
  export RELEASE_MANAGER_TOKEN=${token}
  npx --no release-cli status                                  # what is where
  npx --no release-cli why prod --service cart
  npx --no release-cli release main prod --service api --dry-run
  npx --no release-cli release main prod --service api         # follows it until the cluster has it up
  npx --no release-cli rollback prod --service cart --reason "I want to see it"
  npx --no release-cli history prod --service cart
  npx --no release-cli logs prod --service cart --fresh        # what its pods print now
  git clone ${clone} shop-config
${clusters.tryThis.map((line) => `  ${line}\n`).join('')}
The page of the manager: ${managerUrl}
Ctrl-C ends it and removes everything.
`;
}
