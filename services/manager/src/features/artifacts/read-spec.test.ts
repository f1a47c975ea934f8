import type { ArtifactSpec } from '@release-manager/contract';
import { describe, expect, it } from 'vitest';

import { mergeChecks } from './merge-checks.ts';
import { checkSpec } from './read-spec.ts';

const spec: ArtifactSpec = {
  schemaVersion: 1,
  id: 'main-a1b2c3d4e5-0123456789',
  service: 'web',
  namespaces: { default: 'shop' },
  source: {
    repository: 'https://github.com/acme/web',
    branch: 'main',
    sha: 'a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2',
    author: { name: 'Ada', email: 'ada@example.com' },
  },
};

function rule(content: string | Uint8Array | object): string | undefined {
  const bytes =
    content instanceof Uint8Array
      ? content
      : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  return checkSpec([{ path: 'artifact.json', content: bytes }], spec)?.rule;
}

describe('artifact.json beside what was registered', () => {
  it('agrees whatever the order, the checks and the fields that nobody knows', () => {
    expect(rule(spec)).toBeUndefined();
    const checks = [{ kind: 'test', name: 'unit', status: 'passed' }];
    expect(
      rule({ future: { field: 1 }, checks, ...Object.fromEntries(Object.entries(spec).toReversed()) }),
    ).toBeUndefined();
  });

  it.each([
    ['another author', { source: { ...spec.source, author: { name: 'Eve', email: 'eve@example.com' } } }],
    ['another branch', { source: { ...spec.source, branch: 'release' } }],
    ['another service', { service: 'api' }],
    ['another namespace', { namespaces: { default: 'kube-system' } }],
    ['an owner', { owner: 'checkout' }],
    ['a run', { ci: { provider: 'github', runNumber: 9 } }],
  ])('disagrees about %s', (_what, change) => {
    expect(rule({ ...spec, ...change })).toBe('artifact.spec-mismatch');
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
    ['another thing', '[]'],
    ['another version', { ...spec, schemaVersion: 2 }],
    ['control characters', { ...spec, source: { ...spec.source, author: { name: 'A\nB', email: 'a@b' } } }],
  ])('is refused when it holds %s', (_what, content) => {
    expect(rule(content)).toBe('artifact.spec');
  });

  it('has to be there', () => {
    expect(checkSpec([], spec)?.rule).toBe('artifact.no-spec');
  });
});

describe('checks of a retry', () => {
  it('replace their namesakes and follow the rest', () => {
    const one = { kind: 'test', name: 'unit', status: 'running' } as const;
    const same = { kind: 'scan', name: 'unit', status: 'passed' } as const;
    const passed = { ...one, status: 'passed' } as const;
    expect(mergeChecks([one, same], [passed])).toEqual([passed, same]);
    expect(mergeChecks([], [])).toEqual([]);
  });

  it('do not grow without end', () => {
    const checks = Array.from(
      { length: 200 },
      (_, index) => ({ kind: 'test', name: `t${index}`, status: 'passed' }) as const,
    );
    expect(mergeChecks(checks, checks)).toHaveLength(200);
    expect(() => mergeChecks(checks, [{ kind: 'test', name: 'more', status: 'passed' }])).toThrow('at most 200');
  });
});
