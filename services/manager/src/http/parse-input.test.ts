import { createToken, listReleases, requestRelease } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';
import { createRedactor } from '@release-manager/runtime';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';

import { parseInput, readQuery, type Place } from './parse-input.ts';

const redactor = createRedactor();

function refusal(schema: z.ZodType, input: unknown, place: Place = 'body'): AppError {
  try {
    parseInput(schema, input, { place, redactor });
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('parseInput', () => {
  it('says of each field which it is, what was sent and what is expected', () => {
    const { message, code, details } = refusal(requestRelease.body, {
      service: 'Web_1',
      environments: [],
      branch: 'main',
    });
    expect(code).toBe('http.body');
    expect(message).toContain('service is "Web_1": a service name has 1 to 63 characters');
    expect(message).toContain('environments is a list of 0: Too small: expected array to have >=1 items');
    expect(details['problems']).toHaveLength(2);
  });

  it('names what is missing and what is unknown', () => {
    expect(refusal(requestRelease.body, { environments: ['dev'], branch: 'main', actor: 'ada' }).message).toBe(
      'The body is not valid: service is missing (expected string); unknown field "actor".',
    );
    expect(refusal(listReleases.query, { servise: 'web' }, 'query').message).toBe(
      'The query is not valid: unknown query parameter "servise".',
    );
  });

  it('names the kinds that there are', () => {
    expect(refusal(createToken.body, { kind: 'root' }).message).toContain(
      "kind is \"root\": Expected 'admin' | 'personal' | 'ci' | 'daemon'",
    );
  });

  it('shortens long values and masks secrets', () => {
    const { message, details } = refusal(requestRelease.body, {
      service: `rm_admin_${'x'.repeat(43)}`,
      environments: ['x'.repeat(5_000)],
    });
    expect(message.length).toBeLessThan(700);
    expect(JSON.stringify({ message, details })).not.toContain('rm_admin_x');
  });

  it('stops at eight of many problems', () => {
    const environments = Array.from({ length: 40 }, () => 'A');
    expect(refusal(requestRelease.body, { service: 'web', branch: 'main', environments }).message).toMatch(
      /and 3\d more\.$/,
    );
  });
});

describe('readQuery', () => {
  it('reads each parameter once', () => {
    expect({ ...readQuery('/v1/releases?service=web&branch=feat%2Fx%20y') }).toEqual({
      service: 'web',
      branch: 'feat/x y',
    });
    expect({ ...readQuery('/v1/releases') }).toEqual({});
  });

  it('refuses a parameter that is given twice', () => {
    expect(() => readQuery('/x?service=web&service=api')).toThrow('"service" is given twice');
  });

  it('refuses what no database can keep', () => {
    expect(() => readQuery('/x?cursor=a%00')).toThrow('"cursor" holds the character U+0000');
    expect(() => readQuery('/x?%00=a')).toThrow('holds the character U+0000');
  });

  it('keeps a parameter named like a property of every object apart', () => {
    expect(Object.keys(readQuery('/x?__proto__=1&constructor=2'))).toEqual(['__proto__', 'constructor']);
  });
});
