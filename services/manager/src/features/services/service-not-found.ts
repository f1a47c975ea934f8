import { AppError } from '@release-manager/domain';

/** not-found `service.not-found` */
export function serviceNotFound(name: string): AppError {
  return new AppError('not-found', 'service.not-found', `There is no service ${name}.`, {
    next: 'its first `release-cli artifact push` registers it; `release-cli service list` shows those there are',
  });
}
