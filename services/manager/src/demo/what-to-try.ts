import type { Stage } from './stage.ts';

/** Commands that work from the checkout while the demo runs. */
export function whatToTry({ managerUrl, hosting, repoToken, clusters, platforms }: Stage, token: string): string {
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
In a browser, also while it works:

  ${managerUrl}
      the page of the manager
  ${platforms.channelPage}
      a stand-in for Slack: the channel of the team. Its buttons and its line for /release work, as whoever you say you are
${[...platforms.sourceOf('cart').pulls.keys()].map((number) => `  ${platforms.pullPage('cart', number)}\n`).join('')}      a stand-in for GitHub: the pull requests of cart. A comment such as /why prod is answered

Nothing of it reaches the real GitHub or Slack. What is sent to the stand-ins is checked against GitHub's published schema and
Slack's own reference, and refused where it does not fit.
Ctrl-C ends it and removes everything.
`;
}
