import { describe, expect, it } from 'vitest';

import { gitFailure } from './git-error.ts';

const url = "fatal: unable to access 'https://git.example.com/config.git/'";
const failing = (stderr: string) =>
  gitFailure('fetch', { code: 128, stdout: Buffer.alloc(0), stderr, timedOut: false, stopped: false }, (text) => text);

describe('what git says of a remote', () => {
  it.each([
    [`${url}: server certificate verification failed. CAfile: none CRLfile: none`, 'git.certificate'],
    [`${url}: SSL certificate problem: self-signed certificate in certificate chain`, 'git.certificate'],
    [`${url}: gnutls_handshake() failed: Error in the pull function.`, 'git.unreachable'],
    [`${url}: Could not resolve host: git.example.com`, 'git.unreachable'],
    [`${url}: The requested URL returned error: 403`, 'git.credentials-refused'],
    ['Host key verification failed.', 'git.host-key'],
    ['something nobody has seen before', 'git.failed'],
  ])('%j is %s', (stderr, code) => {
    expect(failing(stderr)).toMatchObject({ kind: 'unavailable', code });
  });
});
