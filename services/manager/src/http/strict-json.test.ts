import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseStrictJson } from './strict-json.ts';

describe('parseStrictJson', () => {
  it('gives what JSON.parse gives, for everything that can be written as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        fc.pre(!JSON.stringify(value).includes('"__proto__"'));
        expect(parseStrictJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([
    ['{"a":1,"a":2}', '"a" stands twice'],
    ['{"a":1,"\\u0061":2}', '"a" stands twice'],
    ['{"x":[{"b":1},{"b":1,"b" :2}]}', '"b" stands twice'],
    ['{"__proto__":{"admin":true}}', '"__proto__" is not possible'],
    ['['.repeat(33) + ']'.repeat(33), 'nested more than 32 deep'],
    ['{"a":'.repeat(100_000), 'cannot be parsed'],
    ['{"a":NaN}', 'cannot be parsed'],
    ['{"a":1,}', 'cannot be parsed'],
    ['{"a":["x\\u0000y"]}', 'a string holds the character U+0000'],
    ['{"\\u0000":1}', 'a string holds the character U+0000'],
    ['{"a":{"b":"\\ud800"}}', 'a string holds half of a surrogate pair'],
    ['"\\udc00\\ud800"', 'a string holds half of a surrogate pair'],
  ])('refuses %.40s', (text, why) => {
    expect(() => parseStrictJson(text)).toThrow(why);
  });

  it('takes a key again in another object, and text that only looks like structure', () => {
    const text = '{"a":{"b":1},"c":{"b":2},"d":"{\\"a\\":1,\\"a\\":2}[[[[\\\\"}';
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it('does not quote what was sent, which may be a secret', () => {
    expect(() => parseStrictJson('{"token": hunter2hunter2')).toThrow(/^(?!.*hunter2)/);
  });

  it('takes a megabyte of strings full of quotes in linear time', () => {
    const text = JSON.stringify(['"\\'.repeat(200_000), '{'.repeat(200_000)]);
    const start = performance.now();
    parseStrictJson(text);
    expect(performance.now() - start).toBeLessThan(8_000);
  });
});
