import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Whom a request comes from, as far as nobody can lie about it. `X-Forwarded-For` is believed for as many entries from its
 * right end as proxies of ours stand in front (TRUST_PROXY); what is further left was written by the sender. With 0 it is not
 * looked at. An IPv6 address stands for its /64, which is the least that one customer is given.
 */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string {
  const peer = request.socket.remoteAddress ?? 'unknown';
  if (trustedProxies === 0) return networkOf(peer);
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  const said = withoutPort((forwarded.at(-trustedProxies) ?? '').trim());
  // Fewer entries than proxies: somebody came past them, and may have written what is there.
  return networkOf(isIP(said) === 0 ? peer : said);
}

/** Some proxies write `1.2.3.4:5678` or `[2001:db8::1]:5678`. */
function withoutPort(entry: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(entry)?.[1] ?? entry;
}

function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return isIP(address) === 6 ? `${firstGroups(address)}::/64` : address;
}

/** The first four groups of an IPv6 address, with what `::` leaves out written as zeros. */
function firstGroups(address: string): string {
  const [before = '', after] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const missing = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
