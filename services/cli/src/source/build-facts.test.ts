import { expect, test } from 'vitest';

import { mergeFacts, parsePerson, repositoryUrl } from './build-facts.ts';
import { assertRemote, isRemote } from './remote-url.ts';
import { withoutCredentials } from './run-git.ts';

test.each([
  ['git@github.com:acme/web.git', 'https://github.com/acme/web'],
  ['ssh://git@git.example.com:2222/acme/web.git', 'https://git.example.com/acme/web'],
  ['https://user:secret@github.com/acme/web.git\n', 'https://github.com/acme/web'],
  ['https://git.example.com:8443/acme/web/', 'https://git.example.com:8443/acme/web'],
  ['http://localhost:3000/web.git', 'http://localhost:3000/web'],
  ['/srv/git/web.git', '/srv/git/web.git'],
])('one spelling for the repository %s', (remote, expected) => {
  expect(repositoryUrl(remote)).toBe(expected);
});

test('the first that knows a fact counts', () => {
  expect(mergeFacts({ branch: undefined, sha: 'a' }, { branch: 'main', sha: 'b' })).toEqual({
    branch: 'main',
    sha: 'a',
  });
});

test('persons', () => {
  expect(parsePerson('Ada L. <ada@example.com>')).toEqual({ name: 'Ada L.', email: 'ada@example.com' });
  expect(parsePerson('<ada@example.com>')).toEqual({ name: 'ada@example.com', email: 'ada@example.com' });
  expect(parsePerson('ada')).toBeUndefined();
});

test.each([
  'ext::sh -c id',
  '--upload-pack=touch x',
  'file:///etc',
  'https://-x/',
  'git://host/x',
  'ssh://-oProxyCommand=id/x',
])('git is never given %s', (url) => {
  expect(() => assertRemote(url)).toThrow('no address');
});

test.each(['https://host/x.git', 'ssh://git@host/x', 'git@host:x/y.git', 'http://127.0.0.1:1/x'])(
  '%s is an address',
  (url) => {
    expect(isRemote(url)).toBe(true);
    expect(() => assertRemote(url)).not.toThrow();
  },
);

test('passwords in what git says are gone, the user of ssh stays', () => {
  expect(withoutCredentials("fatal: 'https://u:p@host/x' and ssh://git:p@host/y")).toBe(
    "fatal: 'https://host/x' and ssh://git@host/y",
  );
});
