import { expect, test } from 'vitest';

import { cleanJson, cleanLines, cleanText } from './clean-text.ts';
import { serialise } from './output.ts';
import { paint, styled } from './piece.ts';
import { renderTable } from './table.ts';

const hostile = [
  '\u001B[31mred\u001B[0m',
  '\u001B]0;title\u0007x',
  '\u001B]8;;https://evil.example\u001B\\link\u001B]8;;\u001B\\',
  '\u001B]52;c;aGk=\u0007clipboard',
  '\u009B31mC1',
  'a\rb\bc\u007F',
  '\u202Egnp.exe',
  'zero\u200Bwidth',
  'line\nbreak\u2028here',
];

// Everything that is not a visible character or a space.
const unwanted = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

test.each(hostile)('%j cannot speak to the terminal', async (text) => {
  expect(cleanText(text)).not.toMatch(unwanted);
  expect(paint(text, true)).not.toMatch(unwanted);
  expect(renderTable(['head'], [[text]], true).join('')).not.toMatch(unwanted);
  expect(cleanLines(text).join('')).not.toMatch(unwanted);
  const json = await serialise({ text }, 'json');
  expect(json.replaceAll('\n', '')).not.toMatch(unwanted);
  expect(JSON.parse(json)).toEqual({ text });
  expect((await serialise({ text }, 'yaml')).replaceAll('\n', '')).not.toMatch(unwanted);
});

test('what is harmless stays', () => {
  expect(cleanText('Größe → 日本 👍')).toBe('Größe → 日本 👍');
  expect(cleanLines('a\n\tb')).toEqual(['a', '\tb']);
  expect(cleanJson('{"a":"é"}')).toBe('{"a":"é"}');
});

test('a style ends where its text ends', () => {
  expect(paint(styled('red', 'x\u001B[0m'), true)).toBe('\u001B[31mx\u001B[39m');
  expect(paint(styled('red', 'x'), false)).toBe('x');
});

test('columns line up under wide characters', () => {
  expect(
    renderTable(
      ['a', 'b'],
      [
        ['日本', 'x'],
        ['ab', 'y'],
      ],
      false,
    ),
  ).toEqual(['A     B', '日本  x', 'ab    y']);
});
