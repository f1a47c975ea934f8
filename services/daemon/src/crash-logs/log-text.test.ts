import { createRedactor } from '@release-manager/runtime';
import { describe, expect, it } from 'vitest';

import { logText } from './log-text.ts';

const limits = { lines: 3, line: 20, all: 1_000 };
const read = (text: string, most = limits): ReturnType<typeof logText> => logText(text, createRedactor(), most);

describe('what a container printed', () => {
  it('is kept from its end', () => {
    expect(read('a\nb\nc\nd\n')).toEqual({ lines: ['b', 'c', 'd'], cut: true });
    expect(read('a\r\nb')).toEqual({ lines: ['a', 'b'], cut: false });
    expect(read('')).toEqual({ lines: [], cut: false });
  });

  it('loses colours and control characters', () => {
    expect(read('\u001B[1;31mred\u001B[0m \u0007bell\ttab \u202Eback').lines).toEqual(['red bell    tab back']);
  });

  it('is masked before it is cut', () => {
    const long = `${'x'.repeat(10)} authorization: Bearer abcdefghijklmnopqrstuvwxyz`;
    expect(read(long).lines.join('')).not.toContain('abc');
    expect(read(long).cut).toBe(true);
  });

  it('is bounded as a whole', () => {
    const { lines, cut } = read('aaaa\nbbbb\ncccc\n', { lines: 10, line: 10, all: 9 });
    expect({ lines, cut }).toEqual({ lines: ['bbbb', 'cccc'], cut: true });
  });

  it.each([
    ['whole', '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\nafter'],
    ['without its beginning', 'AAAA\nBBBB\n-----END PRIVATE KEY-----\nafter'],
    ['without its end', 'before\n-----BEGIN PRIVATE KEY-----\nAAAA\nafter'],
  ])('shows nothing of a private key that is there %s', (_, text) => {
    const { lines } = read(text, { lines: 10, line: 100, all: 1_000 });
    expect(lines.join('\n')).not.toMatch(/AAAA|BBBB|PRIVATE/);
    expect(lines).toContain('[redacted]');
  });
});
