import { compact } from '@release-manager/domain';

import type { PersonById } from '../features/access/index.ts';
import type { ConfigRepo } from '../features/config-repo/index.ts';

/** What `people.yaml` says of somebody, as of the last look; the first e-mail is the one that commits get. */
export function personFinder(repo: Pick<ConfigRepo, 'snapshot'>): PersonById {
  return (id) => {
    const entry = repo.snapshot().people.people.find((person) => person.id === id);
    return entry === undefined ? undefined : compact({ name: entry.name, email: entry.emails[0] });
  };
}
