import { AppError } from '@release-manager/domain';

/** not-found `environment.no-cluster` */
export function noSuchCluster(environment: string, cluster: string): AppError {
  return new AppError('not-found', 'environment.no-cluster', `${environment} has no cluster ${cluster}.`, {
    next: 'see `environments` in release-manager.yaml; the cluster of one that names none is `default`',
  });
}
