import { handOutTokens, initialise, setRules } from './begin.ts';
import { buildAgain, buildEverything, releaseToProd, tryFeatureBranch } from './build-and-release.ts';
import { lookBack } from './look-back.ts';
import type { Cast, Story } from './story.ts';

/** From an empty repository to a shop in production. */
export async function tellStory(story: Story): Promise<Cast> {
  const { narrator } = story;
  await narrator.step('An empty repository becomes the config repo', () => initialise(story));
  const cast = await narrator.step('Tokens for Ada (administrator), Sam (developer) and CI', () =>
    handOutTokens(story),
  );
  await narrator.step('Rules, kept in git', () => setRules(story, cast));
  const first = await narrator.step('CI builds the shop; main goes to dev by itself', () =>
    buildEverything(story, cast),
  );
  await narrator.step('From dev to staging and prod', () => releaseToProd(story, cast, first.get('web') ?? ''));
  await narrator.step('A branch is welcome in dev, and not in prod', () => tryFeatureBranch(story, cast));
  const inProd = await narrator.step('The next version, and a build that changes nothing', () =>
    buildAgain(story, cast),
  );
  await narrator.step('What happened', () => lookBack(story, cast, inProd));
  return cast;
}
