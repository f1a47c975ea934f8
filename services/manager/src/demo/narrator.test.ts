import { expect, it } from 'vitest';

import { createNarrator } from './narrator.ts';

function tell(colour = false) {
  const written: string[] = [];
  let now = 0;
  const narrator = createNarrator({ write: (text) => written.push(text), colour, nowMs: () => (now += 1_500) });
  return { narrator, text: () => written.join('') };
}

it('numbers its steps and says how long each took', async () => {
  const { narrator, text } = tell();
  expect(await narrator.step('First', () => Promise.resolve('done'))).toBe('done');
  await narrator.step('Second', () => Promise.resolve());
  expect(text()).toBe('\n1. First\n   1.5 s\n\n2. Second\n   1.5 s\n');
});

it('cuts an answer that would hide the story, and says so', () => {
  const { narrator, text } = tell();
  narrator.answered(Array.from({ length: 20 }, (_, index) => `line ${index}`).join('\n'));
  expect(text()).toContain('line 13\n     … 6 more lines\n');
  expect(text()).not.toContain('line 14');
});

it('paints only where colours are shown', () => {
  const plain = tell();
  plain.narrator.typed('release-cli status');
  expect(plain.text()).toBe('   $ release-cli status\n');
  const painted = tell(true);
  painted.narrator.typed('release-cli status');
  expect(painted.text()).toContain('\u001b[36m$\u001b[0m');
});
