import { expect, it } from 'vitest';

import { playedImages } from './crash.ts';

it('an image crashes where its tag says so, and its container prints why', () => {
  const prod = playedImages('prod');
  const images = ['shop/cart:2', 'shop/cart:2-crashes', 'shop/cart:2-crashes-in-prod', 'shop/cart:2-crashes-in-dev'];
  expect(images.map((image) => prod.crashes(image))).toEqual([false, true, true, false]);
  expect(prod.prints({ name: 'cart', image: 'shop/cart:2' })).toMatch(/listening\n$/);
  expect(prod.prints({ name: 'cart', image: 'shop/cart:2-crashes' })).toContain('TypeError');
});
