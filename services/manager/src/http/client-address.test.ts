import type { IncomingMessage } from 'node:http';

import { describe, expect, it } from 'vitest';

import { clientAddress } from './client-address.ts';

function addressOf(peer: string, forwarded: string | undefined, proxies: number): string {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return clientAddress({ socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage, proxies);
}

describe('the address of a client', () => {
  it('is that of the connection, whatever X-Forwarded-For says', () => {
    expect(addressOf('192.0.2.1', '203.0.113.9', 0)).toBe('192.0.2.1');
    expect(addressOf('192.0.2.1', undefined, 1)).toBe('192.0.2.1');
  });

  it.each([
    ['one proxy', '203.0.113.9', 1, '203.0.113.9'],
    ['one proxy, and a sender who invents entries', '10.0.0.1, 127.0.0.1, 203.0.113.9', 1, '203.0.113.9'],
    ['two proxies', '10.0.0.1, 203.0.113.9, 198.51.100.1', 2, '203.0.113.9'],
    ['a proxy that adds ports', '203.0.113.9:5123', 1, '203.0.113.9'],
    ['a proxy that adds ports to IPv6', '[2001:db8:1:2::7]:5123', 1, '2001:db8:1:2::/64'],
    ['a request that came past one of two proxies', '203.0.113.9', 2, '192.0.2.1'],
    ['no address at all', 'localhost, <script>', 1, '192.0.2.1'],
  ])('behind %s', (_, forwarded, proxies, expected) => {
    expect(addressOf('192.0.2.1', forwarded, proxies)).toBe(expected);
  });

  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:0:0:1::', '2001:db8:0:0::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0DB8:a:b:c:d:e:f', '2001:db8:a:b::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('counts %s as %s', (peer, expected) => {
    expect(addressOf(peer, undefined, 0)).toBe(expected);
  });
});
