import { releaseIntents, type GitIdentity, type ReleaseIntent } from '@release-manager/domain';

/** What a release commit says of itself. */
export interface ReleaseTrailers {
  readonly service: string;
  readonly environment: string;
  /** Absent in commits of Lunar's release manager. */
  readonly releaseId?: string;
  /** Absent for an undeploy. */
  readonly artifactId?: string;
  readonly intent?: ReleaseIntent;
  readonly releasedBy?: GitIdentity;
  readonly policy?: string;
  /** File and line of that rule. */
  readonly policySource?: string;
  readonly reason?: string;
  /** The artifact whose place it took. */
  readonly replaces?: string;
}

/** Lunar's words for what we call an intent. */
const lunarIntents: Readonly<Record<string, ReleaseIntent>> = {
  releaseartifact: 'artifact',
  releasebranch: 'branch',
  promote: 'promote',
  rollback: 'rollback',
  autorelease: 'auto',
};

/**
 * The trailers of a release commit, ours or Lunar's; nothing for any other commit. Only the last block counts and only the
 * first value of a key, so that nothing in the text above it is ever taken for one.
 */
export function parseTrailers(message: string): ReleaseTrailers | undefined {
  const blocks = message
    .replaceAll('\r\n', '\n')
    .trimEnd()
    .split(/\n[ \t]*\n/);
  if (blocks.length < 2) return undefined;
  const values = readBlock(blocks.at(-1) ?? '');
  const service = values.get('service');
  const environment = values.get('environment');
  if (service === undefined || environment === undefined) return undefined;
  const intent = intentOf(values.get('intent') ?? values.get('release-intent'));
  const releasedBy = identityOf(values.get('released-by') ?? values.get('artifact-released-by'));
  return {
    service,
    environment,
    ...optional('releaseId', values.get('release-id')),
    ...optional('artifactId', values.get('artifact-id')),
    ...optional('intent', intent),
    ...optional('releasedBy', releasedBy),
    ...optional('policy', values.get('policy')),
    ...optional('policySource', values.get('policy-source')),
    ...optional('reason', values.get('reason')),
    ...optional('replaces', values.get('replaces')),
  };
}

/** Keys in lower case. */
function readBlock(block: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of block.split('\n')) {
    const match = /^([A-Za-z][A-Za-z0-9-]*):[ \t]+(.*)$/.exec(line);
    const [, key, value] = match ?? [];
    if (key === undefined || value === undefined || values.has(key.toLowerCase())) continue;
    if (value.trim() !== '') values.set(key.toLowerCase(), value.trim());
  }
  return values;
}

function intentOf(text: string | undefined): ReleaseIntent | undefined {
  const word = text?.toLowerCase();
  return releaseIntents.find((intent) => intent === word) ?? (word === undefined ? undefined : lunarIntents[word]);
}

function identityOf(text: string | undefined): GitIdentity | undefined {
  const match = /^(.*?) ?<([^<>]*)>$/.exec(text ?? '');
  const [, name, email] = match ?? [];
  return name === undefined || email === undefined ? undefined : { name, email };
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value });
}
