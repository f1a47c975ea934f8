import type { ActorView } from '@release-manager/contract';
import { actorName, type Actor } from '@release-manager/domain';

/** An actor as the API shows it. */
export function toActorView(actor: Actor): ActorView {
  const email = emailOf(actor);
  return { kind: actor.kind, name: actorName(actor), ...(email === undefined ? {} : { email }) };
}

function emailOf(actor: Actor): string | undefined {
  switch (actor.kind) {
    case 'admin':
      return actor.person?.email;
    case 'person':
      return actor.person.email;
    case 'automation':
      return actor.author.email;
    case 'ci':
    case 'daemon':
    case 'manager':
      return undefined;
  }
}
