import { describe, expect, it } from 'vitest';

import { guardAddresses } from './address-guard.ts';
import { signedHeaders } from './cloud-event.ts';
import { concerns, parseReceivers } from './receivers.ts';

describe('O1 addresses that may be spoken to', () => {
  const guard = guardAddresses(['10.1.2.0/24', 'fd00:1::/32', '127.0.0.1/32']);

  it.each(['93.184.216.34', '1.1.1.1', '172.32.0.1', '2606:4700:4700::1111', '10.1.2.3', 'fd00:1::5', '127.0.0.1'])(
    '%s may',
    (address) => {
      expect(guard(address)).toBe(true);
    },
  );

  it.each([
    '0.0.0.0',
    '10.1.3.1',
    '100.64.0.1',
    '127.0.0.2',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.2',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    'fe80::1',
    'fc00::1',
    'fd00:2::5',
    'ff02::1',
    '2001:db8::1',
    '2002:a9fe:a9fe::1',
    '2001::1',
    'not an address',
    '',
  ])('%s may not', (address) => {
    expect(guard(address)).toBe(false);
  });
});

it('signs as the Standard Webhooks specification says, by an example of its authors', () => {
  const body = '{"event_type":"ping","data":{"success":true}}';
  const about = {
    id: 'msg_loFOjxBNrRLzqYUf',
    secret: 'whsec_plJ3nmyCDGBKInavdOK15jsl',
    at: new Date(1_731_705_121_500),
  };
  expect(signedHeaders(body, about)).toEqual({
    'webhook-id': 'msg_loFOjxBNrRLzqYUf',
    'webhook-timestamp': '1731705121',
    'webhook-signature': 'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
  });
});

describe('the receivers of OUTGOING', () => {
  const webhook = { name: 'audit', kind: 'webhook', url: 'https://example.com/x', secret: 's'.repeat(24) };
  const parse = (...list: unknown[]) => parseReceivers(JSON.stringify(list));

  it('are read with what they leave out', () => {
    const pagerDuty = { name: 'pager', kind: 'pagerduty', routingKey: 'a'.repeat(32) };
    expect(parse(webhook, pagerDuty)).toMatchObject([
      { events: ['release.*', 'rollback.*', 'incident.*', 'hold.*', 'quarantine.*'] },
      { url: 'https://events.pagerduty.com/v2/enqueue' },
    ]);
  });

  it.each<[string, () => unknown, string]>([
    ['no JSON', () => parseReceivers(`[{ secret: "${'s'.repeat(24)}"`), 'no JSON'],
    ['two of one name', () => parse(webhook, webhook), 'same name'],
    ['a short secret', () => parse({ ...webhook, secret: 'short-secret' }), '0.secret'],
    ['a password in the address', () => parse({ ...webhook, url: 'https://u:hidden-pw@example.com' }), '0.url'],
    ['O1 another protocol', () => parse({ ...webhook, url: 'file:///etc/passwd' }), '0.url'],
    ['an unknown field', () => parse({ ...webhook, secrets: 'x' }), 'secrets'],
    ['an unknown kind', () => parse({ ...webhook, kind: 'smtp' }), '0.kind'],
    ['a routing key that is none', () => parse({ name: 'p', kind: 'pagerduty', routingKey: 'k' }), '0.routingKey'],
  ])('with %s are refused, and no secret is said', (_, read, named) => {
    expect(read).toThrow(named);
    expect(read).not.toThrow(/sssss|short-secret|hidden-pw/);
  });

  it('hear of the places that they name, and of what has no place only when they name none', () => {
    const [all, some] = parse(webhook, { ...webhook, name: 'b', services: ['shop-*'], environments: ['prod'] });
    if (all === undefined || some === undefined) throw new Error('two were given');
    expect(concerns(all, { service: null, environment: null })).toBe(true);
    expect(concerns(some, { service: null, environment: null })).toBe(false);
    expect(concerns(some, { service: 'shop-web', environment: 'prod' })).toBe(true);
    expect(concerns(some, { service: 'shop-web', environment: 'dev' })).toBe(false);
    expect(concerns(some, { service: 'web', environment: 'prod' })).toBe(false);
  });
});
