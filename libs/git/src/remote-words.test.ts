import { describe, expect, it } from 'vitest';

import { credentialMask, credentialSettings } from './credentials.ts';
import { parseGitHttpRequest } from './git-http-request.ts';
import { readPushReport, remoteWords } from './push-report.ts';

const ref = 'refs/heads/main';
const said = (line: string, stderr = '', code = 1) =>
  readPushReport({ code, stdout: line === '' ? '' : `To https://x\n${line}\nDone\n`, stderr, timedOut: false }, ref)
    .kind;

describe('what a push says', () => {
  it.each([
    [' \tabc:refs/heads/main\t1234567..89abcde', 0, 'landed'],
    ['*\tabc:refs/heads/main\t[new branch]', 0, 'landed'],
    ['=\tabc:refs/heads/main\t[up to date]', 0, 'landed'],
    ['+\tabc:refs/heads/main\t1234567...89abcde (forced update)', 0, 'landed'],
    ['!\tabc:refs/heads/main\t[rejected] (stale info)', 1, 'raced'],
    [
      "!\tabc:refs/heads/main\t[remote rejected] (cannot lock ref 'refs/heads/main': is at 1 but expected 2)",
      1,
      'raced',
    ],
    ['!\tabc:refs/heads/main\t[remote rejected] (failed to update ref)', 1, 'raced'],
    ['!\tabc:refs/heads/main\t[remote rejected] (pre-receive hook declined)', 1, 'refused'],
    ['!\tabc:refs/heads/main\t[remote rejected] (push declined due to repository rule violations)', 1, 'refused'],
    ['!\tabc:refs/heads/main\t[remote rejected] (unpacker error)', 1, 'failed'],
    ['!\tabc:refs/heads/main\t[remote failure] (remote failed to report status)', 1, 'unknown'],
    [' \tabc:refs/heads/other\t1..2', 0, 'unknown'],
  ])('%j with code %i is %s', (line, code, kind) => {
    expect(said(line, '', code)).toBe(kind);
  });

  it.each([
    ["fatal: unable to access 'https://x/': Could not resolve host: x", 'not-sent'],
    ["fatal: Authentication failed for 'https://x/'", 'not-sent'],
    ['error: RPC failed; HTTP 502 curl 22\nfatal: the remote end hung up unexpectedly', 'unknown'],
    ["error: RPC failed\nfatal: unable to access 'https://x/'", 'unknown'],
    ['', 'unknown'],
  ])('%j without a line is %s', (stderr, kind) => {
    expect(said('', stderr)).toBe(kind);
  });

  it('is never a failure when time ran out', () => {
    const stderr = 'fatal: unable to access';
    expect(readPushReport({ code: undefined, stdout: '', stderr, timedOut: true }, ref).kind).toBe('unknown');
  });

  it('repeats the words of the remote without its control characters', () => {
    expect(remoteWords('remote: GH013: no\u001b[31m\nremote: \nTo https://x\nremote: ask Ada')).toBe(
      'GH013: no [31m ask Ada',
    );
  });
});

describe('credentials', () => {
  const credentials = { kind: 'token', username: 'bot', token: 's3cret/+' } as const;

  it('are bound to the origin of the remote', () => {
    const [[key, value] = ['', '']] = credentialSettings(credentials, 'https://git.example.com/team/config.git');
    expect(key).toBe('http.https://git.example.com/.extraHeader');
    expect(value).toBe(`Authorization: Basic ${Buffer.from('bot:s3cret/+').toString('base64')}`);
    expect(credentialSettings(credentials, 'ssh://git@x/y')).toEqual([]);
  });

  it('are taken out of every text, in every form', () => {
    const mask = credentialMask(credentials);
    const header = `Authorization: Basic ${Buffer.from('bot:s3cret/+').toString('base64')}`;
    const text = mask(
      `${header} s3cret/+ ${encodeURIComponent('s3cret/+')} https://u:other@host/x Authorization: Bearer abc`,
    );
    expect(text).toBe('Authorization: Basic *** *** *** https://***@host/x Authorization: Bearer ***');
  });
});

describe('a request for a served repository', () => {
  const parse = (method: string, url: string) => parseGitHttpRequest({ method, url, headers: {} });

  it('is one of three', () => {
    expect(parse('GET', '/a/b.git/info/refs?service=git-receive-pack')).toMatchObject({
      kind: 'advertise',
      write: true,
    });
    expect(parse('POST', '/b.git/git-upload-pack')).toMatchObject({ repository: 'b.git', kind: 'fetch', write: false });
    expect(parse('POST', '/b.git/git-receive-pack')).toMatchObject({ kind: 'push', write: true });
  });

  it.each([
    ['GET', '/b.git/info/refs'],
    ['GET', '/b.git/info/refs?service=git-upload-archive'],
    ['GET', '/b.git/git-upload-pack'],
    ['POST', '/b.git/info/refs?service=git-upload-pack'],
    ['POST', '/../b.git/git-upload-pack'],
    ['POST', '/a/../b.git/git-upload-pack'],
    ['POST', '/%2e%2e/b.git/git-upload-pack'],
    ['POST', '//b.git/git-upload-pack'],
    ['POST', '/b.git/hooks/git-upload-pack'],
    ['POST', '/b/git-upload-pack'],
  ])('is not %s %s', (method, url) => {
    expect(parse(method, url)).toBeUndefined();
  });
});
