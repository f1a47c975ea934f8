import { S3Client } from '@aws-sdk/client-s3';

/**
 * A client with our timeouts and retries. Region, credentials and, without `endpoint`, the endpoint are the SDK's own business:
 * variables, profile, role.
 */
export async function createClient(endpoint: string | undefined): Promise<S3Client> {
  const client = new S3Client({
    maxAttempts: 4,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: 3_000,
      // Silence, not duration: a large object on a slow line may take its time.
      socketTimeout: 20_000,
      requestTimeout: 60_000,
      throwOnRequestTimeout: true,
    },
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  // Only AWS resolves <bucket>.<host>; everything else that speaks S3 wants the bucket in the path.
  if (endpoint !== undefined || (await hasConfiguredEndpoint(client))) client.config.forcePathStyle = true;
  return client;
}

/** Whether `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL` or `endpoint_url` of the profile is set, asked of the SDK itself. */
async function hasConfiguredEndpoint(client: S3Client): Promise<boolean> {
  const config: object = client.config;
  const ask = 'serviceConfiguredEndpoint' in config ? config.serviceConfiguredEndpoint : undefined;
  return typeof ask === 'function' && Boolean(await (ask as () => Promise<unknown>)());
}
