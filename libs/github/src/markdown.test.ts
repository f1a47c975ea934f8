import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fenceMarkdown, neutraliseMarkdown } from './index.ts';

const zero = '\u200B';

describe('neutraliseMarkdown', () => {
  it.each([
    ['a mention', 'thanks @ada and @shop/platform', `thanks @${zero}ada and @${zero}shop/platform`],
    ['a closing keyword', 'Fixes #12, closes shop/web#3', `Fixes \\#${zero}12, closes shop/web\\#${zero}3`],
    ['the old way to refer', 'resolves GH-12', `resolves GH${zero}-12`],
    [
      'an address that would refer',
      'fixes https://github.com/shop/web/issues/1',
      'fixes `https://github.com/shop/web/issues/1`',
    ],
    ['HTML', '<img src=x onerror=1>', String.raw`\<img src=x onerror=1\>`],
    ['a comment, which could forge a marker', '<!-- release-manager -->', String.raw`\<!-- release-manager --\>`],
    ['an entity', '&lt;b&gt;', String.raw`\&lt;b\&gt;`],
    ['a cell of a table', 'a | b \\| c', String.raw`a \| b \\\| c`],
    ['an image', '![x](https://evil.test/pixel)', '!\\[x\\](`https://evil.test/pixel)`'],
    ['a link that hides where it leads', '[Roll back](www.evil.test)', '\\[Roll back\\](`www.evil.test)`'],
    ['code', '`rm -rf`', '\\`rm -rf\\`'],
    ['emphasis', '*a* _b_ ~~c~~', String.raw`\*a\* \_b\_ \~\~c\~\~`],
    ['mathematics', '$x$', '&#36;x&#36;'],
    ['a heading', '# Live', `\\#${zero} Live`],
    ['a list', '- [ ] x', String.raw`\- \[ \] x`],
    ['a numbered list', '1. x', String.raw`1\. x`],
    ['several lines', 'a\r\n\r\n---\nb\u2028c', 'a --- b c'],
    ['text that runs the other way', 'a\u202Ecod.exe\u2066', 'acod.exe'],
    ['signs of a terminal', 'a\u001B[31mb\u0000', String.raw`a\[31mb`],
    ['half a character', 'a\uD800b', 'a\uFFFDb'],
    ['nothing', ' \n ', ''],
  ])('%s', (_, text, expected) => {
    expect(neutraliseMarkdown(text)).toBe(expected);
  });

  it('cuts before it escapes, by characters', () => {
    expect(neutraliseMarkdown('😀😀😀😀', 3)).toBe('😀😀…');
    expect(neutraliseMarkdown('***', 3)).toBe(String.raw`\*\*\*`);
  });

  const dangerous = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          ...Array.from('\\`*_[]<>~|&@#$-+=:.()!\n\r\t 1GH'),
          'https://',
          'www.',
          'gh-',
          '<!--',
          '```',
          '\u200B',
          '\u202E',
        ),
        fc.string({ maxLength: 3, unit: 'grapheme' }),
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join(''));

  it('leaves nothing that means anything, whatever it is given', () => {
    fc.assert(
      fc.property(dangerous, (text) => {
        const { plain } = readInline(neutraliseMarkdown(text));
        expect(plain).not.toMatch(/@[^\u200B]|#[^\u200B]|gh-\d|[\n\r]/i);
        expect(plain).not.toMatch(/(?:https?|ftp):\/\/\S|www\.\S/i);
      }),
      { numRuns: 2000 },
    );
  });

  it('shows the text as it is', () => {
    fc.assert(
      fc.property(dangerous, (text) => {
        const hidden = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}]|(?![\u200C\u200D])\p{Cf}/gu;
        const wanted = text.replaceAll(/\s+/gu, ' ').replaceAll(hidden, '').trim();
        expect(readInline(neutraliseMarkdown(text, 10_000)).shown).toBe(wanted);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Reads it as CommonMark does: escapes and code spans. A sign that could mean something and is neither is an error. */
function readInline(markdown: string): { plain: string; shown: string } {
  let plain = '';
  let shown = '';
  const span = /^(`+)((?:[^`]|(?!\1)`)+)\1(?!`)/;
  for (let rest = markdown; rest !== '';) {
    const code = span.exec(rest);
    const [token = ''] = code ?? /^(?:\\[!-/:-@[-`{-~]|&#36;|[^])/u.exec(rest) ?? [];
    if (code === null) {
      const is = token === '&#36;' ? '$' : token.length > 1 && token.startsWith('\\') ? token.slice(1) : token;
      if (is === token && '\\`*_[]<>~|&$'.includes(token)) throw new Error(`${token} is not escaped: ${markdown}`);
      plain += is;
      shown += is.replaceAll(zero, '');
    } else {
      plain += ' ';
      shown += code[2] ?? '';
    }
    rest = rest.slice(token.length);
  }
  expect(markdown).not.toMatch(/^(?:[-+=:]|\d+[.)])/);
  return { plain, shown };
}

describe('fenceMarkdown', () => {
  it('is a block that a log cannot leave', () => {
    expect(fenceMarkdown('a\r\n```\n</details>\n\u001B[31mred\u001B[0m\tb')).toBe(
      '````text\na\n```\n</details>\nred  b\n````',
    );
  });

  it('keeps the end, where the reason stands', () => {
    expect(fenceMarkdown('0123456789', 4)).toBe('```text\n…6789\n```');
  });

  it('ends where we end it, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('`', '~', '\n', '\r', 'a', ' ', '\u2028'), maxLength: 60 }),
        (text) => {
          const lines = fenceMarkdown(text).split('\n');
          const fence = lines.at(-1) ?? '';
          const closing = lines
            .slice(1)
            .findIndex((line) => /^ {0,3}`{3,}\s*$/.test(line) && line.trim().length >= fence.length);
          expect(closing).toBe(lines.length - 2);
        },
      ),
    );
  });
});
