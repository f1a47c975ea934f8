import { createHash } from 'node:crypto';

/** What tells one CI run from every other. */
export interface BuildRun {
  readonly provider?: string | undefined;
  readonly jobUrl?: string | undefined;
  readonly runNumber?: number | undefined;
  readonly runAttempt?: number | undefined;
}

/**
 * The id of a build: the first 20 lower-case hex digits of SHA-256 over provider, jobUrl, runNumber and runAttempt, in this
 * order; each as UTF-8 (numbers in decimal, what is not known as nothing), each preceded by its length in bytes as 8 bytes
 * big-endian. Every step of a run computes the same id from what CI says, so steps need not hand it on.
 */
export function buildId({ provider, jobUrl, runNumber, runAttempt }: BuildRun): string {
  const hash = createHash('sha256');
  for (const item of [provider, jobUrl, runNumber, runAttempt]) {
    const bytes = Buffer.from(String(item ?? ''), 'utf8');
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(bytes.length));
    hash.update(length).update(bytes);
  }
  return hash.digest('hex').slice(0, 20);
}

/** Whether the run says enough to have an id of its own: without both, every build of a provider would be one. */
export function isKnownRun({ jobUrl, runNumber }: BuildRun): boolean {
  return jobUrl !== undefined || runNumber !== undefined;
}
