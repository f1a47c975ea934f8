import type { ServiceView } from '@release-manager/contract';

import type { Piece } from '../../core/piece.ts';

export function serviceTable(services: readonly ServiceView[]): { heads: string[]; rows: Piece[][] } {
  return {
    heads: ['service', 'namespaces', 'owner', 'repository'],
    rows: services.map((service) => [
      service.name,
      Object.entries(service.namespaces)
        .map(([environment, namespace]) => (environment === 'default' ? namespace : `${environment}=${namespace}`))
        .join(','),
      service.owner ?? '',
      service.repository ?? '',
    ]),
  };
}
