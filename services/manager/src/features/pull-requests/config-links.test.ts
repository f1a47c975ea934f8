import { expect, test } from 'vitest';

import { configFileLinks } from './config-links.ts';

test.each([
  ['https://github.com/acme/config.git', 'https://github.com/acme/config/blob/main/policies/web.yaml#L3'],
  ['https://x-token:secret@github.com/acme/config', 'https://github.com/acme/config/blob/main/policies/web.yaml#L3'],
  ['git@github.com:acme/config.git', 'https://github.com/acme/config/blob/main/policies/web.yaml#L3'],
  ['ssh://git@ssh.github.com:443/acme/config.git', 'https://github.com/acme/config/blob/main/policies/web.yaml#L3'],
  ['https://git.example:8443/a/b/c/', 'https://git.example:8443/a/b/c/blob/main/policies/web.yaml#L3'],
  ['https://git.example/a/b)c', 'https://git.example/a/b%29c/blob/main/policies/web.yaml#L3'],
  ['file:///data/config.git', undefined],
  ['http://127.0.0.1:1234/config.git', undefined],
  ['/data/config.git', undefined],
  [undefined, undefined],
])('a line of the config repo at %s', (url, link) => {
  expect(configFileLinks(url, 'main')('policies/web.yaml', 3)).toBe(link);
});
