import { show, type Cast, type Story } from './story.ts';

/** What runs is asked what it prints, without access to the cluster. */
export async function readFreshLogs(story: Story, { ada }: Cast): Promise<void> {
  const { expect } = story;
  const { stdout } = await show(story, ada, 'logs prod --service cart --fresh --lines 1');
  const lines = stdout.trimEnd().split('\n');
  expect.that('every pod of cart says that it listens', lines.length >= 5, lines);
  expect.that(
    'and each line says whose it is',
    lines.every((line) => /^\[cart-[\w-]+\/cart\] listening$/.test(line)),
    lines,
  );
}
