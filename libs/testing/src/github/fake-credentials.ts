import { generateKeyPairSync, randomInt, randomUUID, verify, type KeyObject } from 'node:crypto';

/** Who may ask the fake: one token, and one App with one installation for all repositories. */
export interface FakeCredentials {
  readonly token: string;
  readonly appId: string;
  /** PEM as GitHub hands it out, PKCS#1. */
  readonly privateKey: string;
  readonly installationId: number;
  /** A new token of the installation. */
  issue(): string;
  /** Ends every token of the installation. */
  revoke(): void;
  /** What an `Authorization` header is; undefined when it does not count. */
  identify(header: string | undefined): 'token' | 'app' | 'installation' | undefined;
}

let pair: { readonly privateKey: KeyObject; readonly publicKey: KeyObject } | undefined;

/** Making a key takes as long as a test; Apps are told apart by their ids. */
function keyPair(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return (pair ??= generateKeyPairSync('rsa', { modulusLength: 2048 }));
}

export function makeCredentials(now: () => Date): FakeCredentials {
  const { privateKey, publicKey } = keyPair();
  const appId = String(randomInt(1000, 1_000_000));
  const token = `ghp_${randomUUID().replaceAll('-', '')}`;
  const issued = new Set<string>();

  const isOurJwt = (jwt: string): boolean => {
    const [head = '', claims = '', signature = ''] = jwt.split('.');
    const signed = Buffer.from(`${head}.${claims}`);
    if (!verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'))) return false;
    const { iss, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
    const seconds = now().getTime() / 1000;
    // GitHub takes no JWT that counts for more than ten minutes.
    return (
      String(iss) === appId && Number(iat) <= seconds + 60 && Number(exp) > seconds && Number(exp) <= seconds + 660
    );
  };

  return {
    token,
    appId,
    privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    // Octokit keeps what it waits for by this number, for the whole process.
    installationId: randomInt(1, 1_000_000_000),
    issue() {
      const next = `ghs_${randomUUID().replaceAll('-', '')}`;
      issued.add(next);
      return next;
    },
    revoke: () => issued.clear(),
    identify(header) {
      const [, value] = /^(?:bearer|token) (\S+)$/i.exec(header ?? '') ?? [];
      if (value === undefined) return undefined;
      if (value === token) return 'token';
      if (issued.has(value)) return 'installation';
      return value.split('.').length === 3 && isOurJwt(value) ? 'app' : undefined;
    },
  };
}
