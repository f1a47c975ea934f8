import { findPerson as findAmong, type FoundPerson, type PersonKey } from '@release-manager/config-repo';

import type { AccessInForce } from './access-in-force.ts';

/** Who of the people that count now somebody is, by their Slack id, GitHub login or e-mail; nobody where it is not certain. */
export function findPerson({ people }: Pick<AccessInForce, 'people'>, key: PersonKey): FoundPerson {
  return findAmong(people.values(), key);
}
