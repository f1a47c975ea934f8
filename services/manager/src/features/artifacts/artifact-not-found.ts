import { AppError } from '@release-manager/domain';

/** not-found `artifact.not-found`; with the service whose artifacts were meant, where that is known. */
export function artifactNotFound(id: string, service?: string): AppError {
  const of = service === undefined ? '' : ` --service ${service}`;
  return new AppError('not-found', 'artifact.not-found', `There is no artifact ${id}.`, {
    next: `list them with \`release-cli artifact list${of}\``,
  });
}
