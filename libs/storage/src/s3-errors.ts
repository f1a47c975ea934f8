import { AppError, messageOf } from '@release-manager/domain';

/** What happened on the wire, free of everything else that an SDK error carries (access key, signature, signed text). */
export interface S3Failure {
  /** The error code of S3, or the code of the network error. */
  readonly code: string;
  readonly status: number | undefined;
}

export function failureOf(error: unknown): S3Failure {
  const text = (value: unknown): string =>
    typeof value === 'string' ? value.replaceAll(/[^\w.]/g, '').slice(0, 60) : '';
  if (!(error instanceof Error)) return { code: 'unknown', status: undefined };
  const code = 'code' in error ? text(error.code) : '';
  return { code: code === '' ? text(error.name) : code, status: statusOf(error) };
}

function statusOf(error: Error): number | undefined {
  if (!('$metadata' in error) || typeof error.$metadata !== 'object' || error.$metadata === null) return undefined;
  const status = 'httpStatusCode' in error.$metadata ? error.$metadata.httpStatusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

const wrongRegion = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);
const silence = new Set(['AbortError', 'TimeoutError']);
const noCredentials = new Set([
  'CredentialsProviderError',
  'TokenProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
]);

/**
 * The error of an operation, in words. The SDK's own error is not attached as a cause: it holds the access key and what was
 * signed, and a logger writes causes out.
 * @param store for people: `s3://bucket/prefix`
 * @param action the permission that the operation needs: `s3:GetObject`
 */
export function translateS3Error(error: unknown, store: string, action: string): AppError {
  if (error instanceof AppError) return error;
  const failure = failureOf(error);
  const { code, status } = failure;
  const details = { store, action, code, ...(status === undefined ? {} : { status }) };
  const { kind, what, next } = explain(failure, action, messageOf(error));
  return new AppError('unavailable', `storage.${kind}`, `${store}: ${what} (${action}: ${code}).`, { next, details });
}

interface Explanation {
  readonly kind: 'refused' | 'unavailable';
  readonly what: string;
  readonly next: string;
}

function explain({ code, status }: S3Failure, action: string, message: string): Explanation {
  if (code === 'NoSuchBucket') {
    return refused('the bucket does not exist', 'Create the bucket, or correct ARTIFACT_STORE.');
  }
  if (wrongRegion.has(code)) {
    return refused('the bucket is in another region', 'Set AWS_REGION to the region of the bucket.');
  }
  // "Region is missing", "Region not accepted: …": said by the SDK itself, under no code of its own.
  if (status === undefined && message.startsWith('Region ')) {
    return refused('no valid AWS region is set', 'Set AWS_REGION; for a server that is not AWS, us-east-1 will do.');
  }
  if (code === 'ERR_INVALID_URL') {
    return refused('its endpoint is no URL', 'Correct AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL: https://host[:port].');
  }
  if (noCredentials.has(code)) {
    return refused(
      'there are no valid AWS credentials',
      'Give the manager credentials in one of the ways of the AWS SDK: a role of its service account, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile.',
    );
  }
  if (status === 403 || status === 401) {
    return refused(
      'the store refuses our credentials',
      `Check that they permit ${action} on the bucket (reading what is absent also needs s3:ListBucket), that AWS_REGION is right, and that the clock is.`,
    );
  }
  return unavailable(code, status);
}

function refused(what: string, next: string): Explanation {
  return { kind: 'refused', what, next };
}

function unavailable(code: string, status: number | undefined): Explanation {
  const unanswered = silence.has(code) ? 'the store does not answer in time' : 'the store cannot be reached';
  return {
    kind: 'unavailable',
    what: status === undefined ? unanswered : `the store answered ${status}`,
    next: 'It is tried again. If it stays so, check the network and AWS_ENDPOINT_URL_S3, and the state of the store.',
  };
}
