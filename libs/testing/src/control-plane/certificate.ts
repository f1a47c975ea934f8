import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

import { bits, constructed, integer, octets, oid, primitive, sequence, set, text, time, truth } from './der.ts';

/** All keys and certificates of a cluster, in PEM. */
export interface ClusterKeys {
  readonly ca: string;
  /** For the servers and for the administrator (`system:masters`) alike. */
  readonly certificate: string;
  readonly privateKey: string;
  /** With it the API server checks the tokens of service accounts, which `privateKey` signs. */
  readonly publicKey: string;
}

const ids = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  alternativeNames: '2.5.29.17',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
};
const dayMs = 24 * 60 * 60_000;

/** Fresh keys for a cluster on the loopback, valid for a month. Node can read certificates and not write them. */
export function createClusterKeys(): ClusterKeys {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const caName = name({ [ids.commonName]: 'test-cluster-ca' });
  const adminName = name({ [ids.organization]: 'system:masters', [ids.commonName]: 'test-admin' });
  const issue = (subject: Buffer, key: KeyObject, extensions: Buffer[]): string =>
    pem(signed({ subject, key, extensions, issuer: caName }, authority.privateKey));
  return {
    ca: issue(caName, authority.publicKey, [
      extension(ids.basicConstraints, sequence(truth()), true),
      // keyCertSign
      extension(ids.keyUsage, keyUsage(0x04, 2), true),
    ]),
    certificate: issue(adminName, own.publicKey, [
      // digitalSignature
      extension(ids.keyUsage, keyUsage(0x80, 7), true),
      extension(ids.extendedKeyUsage, sequence(oid(ids.serverAuth), oid(ids.clientAuth))),
      extension(ids.alternativeNames, alternativeNames(['localhost', 'kubernetes.default.svc'], [127, 0, 0, 1])),
    ]),
    privateKey: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: own.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

interface Certificate {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly key: KeyObject;
  readonly extensions: readonly Buffer[];
}

/** RFC 5280, section 4.1. */
function signed({ subject, issuer, key, extensions }: Certificate, signer: KeyObject): Buffer {
  const algorithm = sequence(oid(ids.ecdsaWithSha256));
  const now = Date.now();
  const version3 = constructed(0, integer(Buffer.from([2])));
  const body = sequence(
    version3,
    // A number may not begin with a zero.
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    issuer,
    sequence(time(new Date(now - dayMs)), time(new Date(now + 30 * dayMs))),
    subject,
    key.export({ type: 'spki', format: 'der' }),
    constructed(3, sequence(...extensions)),
  );
  return sequence(body, algorithm, bits(sign('sha256', body, signer)));
}

function name(attributes: Readonly<Record<string, string>>): Buffer {
  return sequence(...Object.entries(attributes).map(([id, value]) => set(sequence(oid(id), text(value)))));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [truth()] : []), octets(value));
}

/** A bit string whose unused bits are counted, unlike those of keys and signatures. */
function keyUsage(byte: number, unused: number): Buffer {
  return Buffer.from([0x03, 2, unused, byte]);
}

function alternativeNames(hosts: readonly string[], address: readonly number[]): Buffer {
  return sequence(...hosts.map((host) => primitive(2, Buffer.from(host))), primitive(7, Buffer.from(address)));
}

function pem(content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
