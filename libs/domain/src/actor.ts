/**
 * Who did something. It comes from the token of the request, never from its body; automation acts under its policy and
 * carries the author of the build as the person the commit speaks of.
 */
export type Actor =
  | { readonly kind: 'admin'; readonly person?: Person }
  | { readonly kind: 'person'; readonly person: Person }
  | { readonly kind: 'ci'; readonly token: string }
  | { readonly kind: 'daemon'; readonly environment: string; readonly cluster: string }
  | { readonly kind: 'automation'; readonly policy: string; readonly author: GitIdentity }
  | { readonly kind: 'manager' };

/** A human of `people.yaml`, or of a personal token until the file names them. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

export interface GitIdentity {
  readonly name: string;
  readonly email: string;
}

/** The short name of an actor in messages, tables and commit subjects. */
export function actorName(actor: Actor): string {
  switch (actor.kind) {
    case 'admin':
      return actor.person?.id ?? 'admin';
    case 'person':
      return actor.person.id;
    case 'ci':
      return `ci:${actor.token}`;
    case 'daemon':
      return `daemon:${actor.environment}/${actor.cluster}`;
    case 'automation':
      return actor.policy;
    case 'manager':
      return 'release-manager';
  }
}
