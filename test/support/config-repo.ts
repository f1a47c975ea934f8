import { mkdtemp, rm, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { createPerson } from '../../services/manager/src/demo/processes/person.ts';

/** Commits files to a repository as a person with a clone does; the repository may be empty. */
export async function commitAsPerson(
  url: string,
  files: Readonly<Record<string, string>>,
  message = 'Set up the config repo',
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'person-'));
  try {
    const pat = await createPerson({ name: 'Pat Person', email: 'pat@example.com', home: folder });
    const clone = join(folder, 'clone');
    await pat.git(['clone', '--quiet', url, clone]);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(clone, path)), { recursive: true });
      await writeFile(join(clone, path), text);
    }
    await pat.git(['add', '--all'], clone);
    await pat.git(['commit', '--quiet', '--message', message], clone);
    await pat.git(['push', '--quiet', 'origin', 'HEAD:refs/heads/main'], clone);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Three environments; prod takes main only. */
export const mainFile = `environments:
  - { name: dev }
  - { name: staging }
  - { name: prod, protected: true }
policies:
  - { kind: branch-restriction, environment: prod, branch: main }
`;

export function autoRelease(service: string): string {
  return `service: ${service}\npolicies:\n  - { kind: auto-release, branch: main, environment: dev }\n`;
}
