import type { Actor, GitIdentity } from '@release-manager/domain';

/** The author of a release's commit: the person who asked, the author of the build for automation, else the manager. */
export function authorOf(actor: Actor, manager: GitIdentity): GitIdentity {
  switch (actor.kind) {
    case 'person':
      return { name: actor.person.name, email: actor.person.email };
    case 'admin':
      return actor.person === undefined ? manager : { name: actor.person.name, email: actor.person.email };
    case 'automation':
      return actor.author;
    case 'ci':
    case 'daemon':
    case 'manager':
      return manager;
  }
}
