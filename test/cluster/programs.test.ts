import { chmod, mkdtemp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { preparePrograms, whyNoCluster } from '@release-manager/testing/control-plane';
import { makeOnce } from '@release-manager/testing/go-tool';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { describeCluster } from './support/index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'programs-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

describe('a machine without Go', () => {
  it('is told what to install', async () => {
    vi.stubEnv('PATH', folder);
    vi.stubEnv('XDG_CACHE_HOME', folder);
    vi.stubEnv('KUBEBUILDER_ASSETS', undefined);
    expect(await whyNoCluster()).toMatch(/needs Go 1\.26 in PATH .*https:\/\/go\.dev/);
  });

  it('is told when its Go is too old', async () => {
    await writeFile(join(folder, 'go'), '#!/bin/sh\necho "go version go1.19.8 linux/amd64"\n');
    await chmod(join(folder, 'go'), 0o755);
    vi.stubEnv('PATH', folder);
    vi.stubEnv('XDG_CACHE_HOME', folder);
    expect(await whyNoCluster()).toContain('this is go version go1.19.8');
  });
});

describeCluster('a program that the person has', () => {
  const install = async (version: string): Promise<string> => {
    const path = join(folder, 'etcd');
    await writeFile(path, `#!/bin/sh\necho "etcd Version: ${version}"\n`);
    await chmod(path, 0o755);
    vi.stubEnv('KUBEBUILDER_ASSETS', folder);
    return path;
  };

  it('is taken when its version is one that we know to work', async () => {
    const path = await install('3.6.14');
    expect((await preparePrograms()).program.etcd).toBe(path);
  });

  it('is left alone when it is another', async () => {
    const path = await install('3.4.23');
    expect((await preparePrograms()).program.etcd).not.toBe(path);
  });
});

describe('a build', () => {
  it('that was killed leaves nothing that looks finished, and stops nobody', async () => {
    const program = join(folder, 'tools', 'program');
    await mkdir(join(folder, 'tools'));
    // What is left of it: the lock of a process that is gone, and half a file.
    await writeFile(`${program}.lock`, '999999999');
    await writeFile(`${program}.half`, 'hal');
    await makeOnce(program, (unfinished) => writeFile(unfinished, 'whole'));
    expect(await readFile(program, 'utf8')).toBe('whole');
    expect((await readdir(join(folder, 'tools'))).sort()).toEqual(['program', 'program.half']);
  });

  it('that fails says why and can be tried again', async () => {
    const program = join(folder, 'program');
    await expect(makeOnce(program, () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
    await makeOnce(program, (unfinished) => writeFile(unfinished, 'whole'));
    expect(await readdir(folder)).toEqual(['program']);
  });

  it('is done by one of those who want it', async () => {
    let builds = 0;
    const make = async (unfinished: string): Promise<void> => {
      builds += 1;
      await writeFile(unfinished, 'whole');
    };
    await Promise.all(Array.from({ length: 5 }, () => makeOnce(join(folder, 'program'), make)));
    expect(builds).toBe(1);
  });
});
