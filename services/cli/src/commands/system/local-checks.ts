import type { DoctorCheck } from '@release-manager/contract';

import type { Context } from '../../core/context.ts';
import { isProfileOpen, profilePath } from '../../core/profile.ts';
import { version } from '../../core/version.ts';
import { findReleaseYaml, readReleaseYaml } from '../../source/release-yaml.ts';
import { tryGit } from '../../source/run-git.ts';
import { runCheck, type Finding } from './doctor-check.ts';

/** This program, this machine and this folder. */
export async function localChecks({ world }: Pick<Context, 'world'>): Promise<DoctorCheck[]> {
  const git = await tryGit(['--version'], { cwd: world.cwd, env: world.env });
  const checks: DoctorCheck[] = [
    { name: 'release-cli', status: 'ok', message: version },
    git === undefined
      ? {
          name: 'git',
          status: 'warning',
          message: 'not installed',
          next: 'artifact push then needs its flags or CI variables',
        }
      : { name: 'git', status: 'ok', message: git.trim() },
    await runCheck('release.yaml', () => checkReleaseYaml(world.cwd)),
  ];
  if (await isProfileOpen(world.env)) {
    const path = profilePath(world.env);
    checks.push({
      name: 'token file',
      status: 'failed',
      message: `others can read ${path}`,
      next: `chmod 600 ${path}`,
    });
  }
  return checks;
}

async function checkReleaseYaml(folder: string): Promise<Finding> {
  const path = await findReleaseYaml(folder);
  if (path === undefined) return { status: 'ok', message: 'none in this folder or above: commands need --service' };
  return { status: 'ok', message: `${path}: ${(await readReleaseYaml(path)).content.service}` };
}
