import { AppError } from '@release-manager/domain';

/** A command line that cannot be understood; ends with exit code 2. */
export class UsageError extends AppError {
  constructor(message: string, next?: string) {
    super('invalid', 'cli.usage', message, next === undefined ? {} : { next });
    this.name = 'UsageError';
  }
}
