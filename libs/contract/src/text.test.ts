import { expect, test } from 'vitest';

import { Reason } from './text.ts';

test.each(['orders fail', '🔥', '?', ' 注文が失敗する '])('is a reason: %s', (text) => {
  expect(Reason.safeParse(text).success).toBe(true);
});

test.each(['', '  ', '\u200B', '\u202E \u2066', 'one\ntwo'])('is no reason, since nobody could read it: %j', (text) => {
  expect(Reason.safeParse(text).success).toBe(false);
});
