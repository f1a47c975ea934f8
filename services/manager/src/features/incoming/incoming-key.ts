import { isArtifactId, isDnsLabel } from '@release-manager/domain';

/** Where somebody puts what the manager should take in. An IAM prefix per service is their identity. */
export const incomingPrefix = 'incoming/';

export interface IncomingName {
  readonly service: string;
  /** Id of the artifact. */
  readonly id: string;
}

/** What a key below `incoming/` says; nothing for a key that says neither a service nor an artifact. */
export function parseIncomingKey(key: string): IncomingName | undefined {
  const [, service = '', id = ''] = /^incoming\/([^/]{1,63})\/([^/]{1,80})\.zip$/.exec(key) ?? [];
  return isDnsLabel(service) && isArtifactId(id) ? { service, id } : undefined;
}
