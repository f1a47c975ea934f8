import type { Routes } from '../../http/index.ts';
import { runChecks, type DoctorDeps } from './doctor-checks.ts';

export interface SystemRouteDeps extends DoctorDeps {
  readonly version: string;
}

export function createSystemRoutes(deps: SystemRouteDeps): Routes<'showVersion' | 'runDoctor'> {
  return {
    showVersion: () => Promise.resolve({ version: deps.version }),
    runDoctor: async () => ({ checks: await runChecks(deps) }),
  };
}
