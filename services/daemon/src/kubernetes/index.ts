export { createApiClient, type ApiClient } from './api-client.ts';
export { statusOf } from './api-error.ts';
export type { CredentialSource } from './credentials.ts';
export { inClusterCredentials } from './in-cluster.ts';
export { kubeconfigCredentials } from './kubeconfig.ts';
export { Reflector, type CompleteList, type ReflectorHandler, type ReflectorTiming } from './reflector.ts';
export { createTransport } from './transport.ts';
export { ObjectFinder, type Found } from './object-finder.ts';
export { PollQueue } from './poll-queue.ts';
