import { AppError } from '@release-manager/domain';
import { describe, expect, it } from 'vitest';

import { isSameRepository } from './same-repository.ts';
import { assertBinding, type ServiceClaim } from './service-binding.ts';
import { changesOf, mergeNamespaces } from './service-changes.ts';
import type { Service } from './service-records.ts';

const service: Service = {
  name: 'web',
  namespaces: { default: 'shop', prod: 'shop-prod' },
  owner: 'checkout',
  repository: 'https://github.com/acme/web',
  paths: [],
  links: {},
  registeredAt: new Date(0),
};

function refusal(change: Partial<ServiceClaim>, bound: Service = service): AppError | undefined {
  try {
    const said = {
      name: 'web',
      namespaces: { default: 'shop', prod: 'shop-prod' },
      repository: 'https://github.com/acme/web',
    };
    assertBinding(bound, { ...said, ...change });
    return undefined;
  } catch (error) {
    return error instanceof AppError ? error : undefined;
  }
}

describe('what an upload may say of its service', () => {
  it('is what was bound, or nothing', () => {
    expect(refusal({})).toBeUndefined();
    expect(refusal({ owner: 'checkout' })).toBeUndefined();
    expect(refusal({ namespaces: { prod: 'shop-prod', dev: 'shop' } })).toBeUndefined();
  });

  it('is no other namespace, in no environment', () => {
    expect(refusal({ namespaces: { default: 'shop' } })?.next).toContain('service set web --namespace-in prod=shop`');
    expect(refusal({ namespaces: { default: 'other', prod: 'shop-prod' } })?.next).toContain('--namespace other`');
    expect(refusal({ namespaces: { dev: 'other' } })?.code).toBe('service.namespace-bound');
    const onlyDev = { ...service, namespaces: { dev: 'shop' } };
    expect(refusal({ namespaces: { dev: 'shop', prod: 'shop' } }, onlyDev)?.message).toContain('no namespace in prod');
  });

  it('is no owner where none was bound: an owner decides who may release', () => {
    const { owner: _, ...unowned } = service;
    expect(refusal({ owner: 'checkout' }, unowned)?.next).toContain('--owner checkout');
    expect(refusal({}, unowned)).toBeUndefined();
  });

  it('is quoted where it is part of a command', () => {
    const repository = "https://evil.example/x'; rm -rf ~ #";
    expect(refusal({ repository })?.next).toContain(String.raw`--repository 'https://evil.example/x'\''; rm -rf ~ #'`);
  });
});

describe('addresses of one repository', () => {
  it.each([
    ['https://github.com/acme/web', 'git@github.com:acme/web.git'],
    ['https://github.com/acme/web.git', 'ssh://git@GitHub.com:22/acme/web/'],
    ['https://user:secret@github.com/acme/web', 'https://github.com/acme/web'],
    ['acme/web', 'acme/web.git'],
  ])('%s is %s', (a, b) => {
    expect(isSameRepository(a, b)).toBe(true);
  });

  it.each([
    ['https://github.com/acme/web', 'https://github.com/evil/web'],
    ['https://github.com/acme/web', 'https://github.com.evil.example/acme/web'],
    ['https://github.com/acme/web', 'https://evil.example/github.com/acme/web'],
    ['https://github.com/acme/web', 'https://github.com@evil.example/acme/web'],
    ['git@github.com:acme/web', 'git@evil.example:acme/web'],
    ['https://github.com/acme/web', 'https://github.com/acme/Web'],
    ['https://github.com/acme/web', ''],
  ])('%s is not %s', (a, b) => {
    expect(isSameRepository(a, b)).toBe(false);
  });
});

describe('namespaces after a change by hand', () => {
  it('keeps what was not named, unless the change speaks of every environment', () => {
    expect(mergeNamespaces({ default: 'a', dev: 'b' }, { prod: 'c' })).toEqual({ default: 'a', dev: 'b', prod: 'c' });
    expect(mergeNamespaces({ default: 'a', dev: 'b' }, { default: 'c' })).toEqual({ default: 'c' });
  });
});

describe('changes of a service', () => {
  it('are only what is different, with what was before', () => {
    const { repository: _, ...local } = service;
    const changes = changesOf(local, {
      owner: 'checkout',
      paths: ['web/**'],
      repository: 'r',
      namespaces: service.namespaces,
    });
    expect(changes.fields).toEqual({ paths: ['web/**'], repository: 'r' });
    expect(changes.record).toEqual({ paths: { from: [], to: ['web/**'] }, repository: { from: null, to: 'r' } });
    expect(changesOf(service, { links: {} }).isEmpty).toBe(true);
  });
});
