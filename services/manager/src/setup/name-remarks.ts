import type { ConfigSnapshot } from '@release-manager/config-repo';

import { environmentList } from '../features/config-repo/index.ts';

export interface NameRemarkDeps {
  readonly snapshot: () => ConfigSnapshot;
  readonly isService: (name: string) => Promise<boolean>;
}

/**
 * What somebody who asks for rights should know of the names that they ask about: a slip in one would be answered with the rights
 * of a thing that does not exist. Neither is a mistake, since rights can be given before there is a service or an environment.
 */
export function createNameRemarks({ snapshot, isService }: NameRemarkDeps) {
  return async (names: {
    readonly service?: string | undefined;
    readonly environment?: string | undefined;
  }): Promise<readonly string[]> => {
    const { service, environment } = names;
    const now = snapshot();
    const isStrange =
      environment !== undefined && now.initialised && !now.environments.some(({ name }) => name === environment);
    return [
      ...(isStrange ? [`there is no environment ${environment}; ${environmentList(now)}`] : []),
      ...(service === undefined || (await isService(service))
        ? []
        : [
            `there is no service ${service} yet, so that no right through its owner counts; \`release-cli service list\` shows those there are`,
          ]),
    ];
  };
}
