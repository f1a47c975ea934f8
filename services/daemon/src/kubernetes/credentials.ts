/** How the API server is reached and by whom. */
export interface Credentials {
  /** Such as `https://10.0.0.1:443`, without a path at its end. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
}

export interface CredentialSource {
  /** Those that count now; tokens in a cluster are replaced every hour. */
  current(): Promise<Credentials>;
  /** Said after a 401: what was kept is read anew. */
  refused(): void;
}

export interface KeptCredentials {
  readonly credentials: Credentials;
  /** Milliseconds after which they are read anew; absent: only after they were refused. */
  readonly keepFor?: number;
}

const refusedMs = 10_000;

/** Keeps what `read` says for as long as it may; callers who come meanwhile share one reading. */
export function keepCredentials(
  read: () => Promise<KeptCredentials>,
  now: () => number = () => performance.now(),
): CredentialSource {
  let kept: Promise<KeptCredentials> | undefined;
  let readAt = 0;
  const readAgain = (): Promise<KeptCredentials> => {
    readAt = now();
    const reading = read();
    // A reading that failed is not kept.
    reading.catch(() => {
      if (kept === reading) kept = undefined;
    });
    return reading;
  };
  return {
    async current() {
      const { keepFor } = (await kept) ?? {};
      if (kept === undefined || (keepFor !== undefined && now() - readAt > keepFor)) kept = readAgain();
      return (await kept).credentials;
    },
    refused() {
      // All watches are refused at once, and one new reading serves them all; one that is refused too is not repeated in a hurry.
      if (now() - readAt > refusedMs) kept = undefined;
    },
  };
}
