import { mergeBadVersion, proposeBadVersion, readAboutCrash } from './bad-release.ts';
import { askForRights, handOutTokens, initialise, setRules, startClusters } from './begin.ts';
import { buildAgain, buildEverything, releaseToProd, tryFeatureBranch } from './build-and-release.ts';
import { readFreshLogs } from './fresh-logs.ts';
import { lookBack } from './look-back.ts';
import { lookElsewhere } from './look-elsewhere.ts';
import type { Cast, Story } from './story.ts';
import { mergeAndResume, rollBack } from './way-back.ts';

/** From an empty repository to a shop in production, a release that fails there, and the way back. */
export async function tellStory(story: Story): Promise<Cast> {
  const { narrator } = story;
  await narrator.step('An empty repository becomes the config repo', () => initialise(story));
  const cast = await narrator.step('Tokens for Grace (administrator), Ada and Sam (developers) and CI', () =>
    handOutTokens(story),
  );
  const untilUp = await narrator.step(story.stage.kind.headline, () => startClusters(story));
  await narrator.step('Rules and rights, kept in git', () => setRules(story, cast));
  const clusters = await untilUp();
  const first = await narrator.step('CI builds the shop; main goes to dev by itself', () =>
    buildEverything(story, cast),
  );
  await narrator.step('Who may do what', () => askForRights(story, cast));
  await narrator.step('From dev to staging and prod', () => releaseToProd(story, cast, first.get('cart') ?? ''));
  await narrator.step('A branch is welcome in dev, and not in prod', () => tryFeatureBranch(story, cast));
  const good = await narrator.step('The next version, and a build that changes nothing', () =>
    buildAgain(story, cast, clusters),
  );
  await narrator.step('What the pods print right now', () => readFreshLogs(story, cast));
  const pull = await narrator.step('A pull request says what its merge will do', () => proposeBadVersion(story, cast));
  const bad = await narrator.step('A version that dies in prod', () => mergeBadVersion(story, cast, clusters, pull));
  await narrator.step('The same where people are already: the pull request, and Slack', () =>
    readAboutCrash(story, bad),
  );
  await narrator.step('The way back', () => rollBack(story, cast, clusters, { good, bad }));
  const fix = await narrator.step('A merge that has to wait, and the resume', () =>
    mergeAndResume(story, cast, clusters, { good, bad }),
  );
  await narrator.step('What happened', () => lookBack(story, cast, new Map([['cart', fix.artifact]])));
  await narrator.step('What GitHub and Slack saw of it', () => lookElsewhere(story, { bad, fix }));
  return cast;
}
