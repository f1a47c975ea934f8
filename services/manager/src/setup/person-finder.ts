import { compact } from '@release-manager/domain';

import type { AccessInForce, PersonById } from '../features/access/index.ts';

/** What `people.yaml` says of somebody, as far as it counts now; the first e-mail is the one that commits get. */
export function personFinder(access: () => AccessInForce): PersonById {
  return (id) => {
    const entry = access().people.get(id);
    return entry === undefined ? undefined : compact({ name: entry.name, email: entry.emails[0] });
  };
}
