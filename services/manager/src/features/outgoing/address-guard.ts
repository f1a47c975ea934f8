import { BlockList, isIP, isIPv6 } from 'node:net';

/** Everything that is not the public internet (IANA special-purpose registries, RFC 6890 and its updates). */
const notPublicV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Within 2000::/3, outside of which nothing is public: what stands for an IPv4 address or for documentation. */
const notPublicV6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** Says which addresses may be spoken to. */
export type AddressGuard = (address: string) => boolean;

/**
 * Public addresses, and those of the given networks (`10.1.2.0/24`): whoever may name an address must not reach what only we can
 * reach, such as the metadata service of a cloud.
 */
export function guardAddresses(networks: readonly string[]): AddressGuard {
  const allowed = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/');
    allowed.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  const [refused, global6] = [new BlockList(), new BlockList()];
  for (const [address, prefix] of notPublicV4) refused.addSubnet(address, prefix, 'ipv4');
  for (const [address, prefix] of notPublicV6) refused.addSubnet(address, prefix, 'ipv6');
  global6.addSubnet('2000::', 3, 'ipv6');
  return (address) => {
    const version = isIP(address);
    if (version === 0) return false;
    const family = version === 6 ? 'ipv6' : 'ipv4';
    if (allowed.check(address, family)) return true;
    return !refused.check(address, family) && (family === 'ipv4' || global6.check(address, family));
  };
}
