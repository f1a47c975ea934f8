import { createHmac } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { judgeSlackSignature } from './slack-signature.ts';

const secret = '8f742231b10e8888abcd99yyyzzz85a5';
// The example of Slack's own documentation.
const body =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
const timestamp = '1531420618';
const signature = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503';
const request = { body: Buffer.from(body), timestamp, signature };
const at = (seconds: number): Date => new Date((Number(timestamp) + seconds) * 1000);

function sign(time: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex')}`;
}

describe('what Slack signed', () => {
  it.each([0, 299, -299, 300])('counts %i s after it was sent', (seconds) => {
    expect(judgeSlackSignature(secret, request, at(seconds))).toBe('genuine');
  });

  it.each([301, -301, 86_400])('is late %i s after it was sent', (seconds) => {
    expect(judgeSlackSignature(secret, request, at(seconds))).toBe('late');
  });
});

describe('W2 what Slack did not sign', () => {
  it.each([
    ['another body', { ...request, body: Buffer.from(`${body}&x=1`) }],
    ['another time', { ...request, timestamp: '1531420619' }],
    ['a time that is none', { ...request, timestamp: 'now', signature: sign('now') }],
    ['a signature that is cut', { ...request, signature: signature.slice(0, -1) }],
    ['a signature of another length in bytes', { ...request, signature: `${signature.slice(0, -1)}é` }],
    ['no signature', { ...request, signature: '' }],
    ['another version', { ...request, signature: signature.replace('v0', 'v1') }],
  ])('does not count: %s', (_, forged) => {
    expect(judgeSlackSignature(secret, forged, at(0))).toBe('forged');
  });

  it('does not count under another secret', () => {
    expect(judgeSlackSignature(`${secret}x`, request, at(0))).toBe('forged');
  });
});
