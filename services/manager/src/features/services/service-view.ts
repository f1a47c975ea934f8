import type { ServiceView } from '@release-manager/contract';

import type { Service } from './service-records.ts';

/** A service as the API shows it. */
export function toServiceView(service: Service): ServiceView {
  const { name, owner, repository, sourcePath } = service;
  return {
    name,
    namespaces: { ...service.namespaces },
    ...(owner === undefined ? {} : { owner }),
    ...(repository === undefined ? {} : { repository }),
    ...(sourcePath === undefined ? {} : { sourcePath }),
    paths: [...service.paths],
    links: { ...service.links },
    registeredAt: service.registeredAt.toISOString(),
  };
}
