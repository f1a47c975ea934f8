/**
 * What belongs into one message. An automatic release belongs to its artifact, so that a merge that goes to three environments
 * is one message; where CI reported the build, to the build, whose message is there before the artifact. What a person asked for
 * is one message per command: it is news of its own, also when the artifact is an old one.
 */
export type GroupKey =
  | { readonly kind: 'artifact' | 'request' | 'digest'; readonly id: string }
  | { readonly kind: 'build'; readonly service: string; readonly id: string };

export interface GroupedRelease {
  readonly automatic: boolean;
  readonly requestId: string;
  readonly service: string;
  readonly artifactId?: string | undefined;
}

export function groupOf(release: GroupedRelease, buildId: string | undefined): string {
  const { automatic, requestId, service, artifactId } = release;
  if (!automatic || artifactId === undefined) return `request/${requestId}`;
  return buildId === undefined ? `artifact/${artifactId}` : buildGroup(service, buildId);
}

export function buildGroup(service: string, buildId: string): string {
  return `build/${service}/${buildId}`;
}

/** @returns nothing for a text that is no key */
export function parseGroup(text: string): GroupKey | undefined {
  const [kind, first, second] = text.split('/');
  if (first === undefined) return undefined;
  if (kind === 'build') return second === undefined ? undefined : { kind, service: first, id: second };
  return kind === 'artifact' || kind === 'request' || kind === 'digest' ? { kind, id: first } : undefined;
}
