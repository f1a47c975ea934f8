import { describe, expect, it } from 'vitest';

import { readArchive } from './read-archive.ts';
import { writeArchive } from './write-archive.ts';
import { forgeZip, utf8Flag } from './zip-forge.testing.ts';

const content = Buffer.from('kind: ConfigMap\n');

async function reading(...names: readonly (string | Buffer)[]): Promise<readonly string[]> {
  return (await readArchive(forgeZip(names.map((name) => ({ name, content }))))).map((file) => file.path);
}

function fault(rule: string, file?: string): object {
  return {
    kind: 'invalid',
    code: `archive.${rule}`,
    details: file === undefined ? { rule } : { rule, file },
  };
}

describe('paths of an archive', () => {
  it('takes what an artifact holds', async () => {
    const paths = [
      'artifact.json',
      'dev/apps_v1_deployment_web.yaml',
      'dev/a/b/c/d.yml',
      'prod-eu/größe.yaml',
      'prod-eu/~g_v1_service_web.yaml',
      'prod-eu/данные.yaml',
      'prod-eu/my file (1).yaml',
    ];
    expect(await reading(...paths)).toEqual(paths);
  });

  it.each([
    ['../x.yaml', 'path-traversal'],
    ['dev/../x.yaml', 'path-traversal'],
    ['a/../../x.yaml', 'path-traversal'],
    ['dev/..', 'path-traversal'],
    ['..\\x.yaml', 'path-characters'],
    ['dev\\x.yaml', 'path-characters'],
    ['/abs.yaml', 'path-absolute'],
    ['//host/share.yaml', 'path-absolute'],
    ['C:/x.yaml', 'path-absolute'],
    ['c:x.yaml', 'path-absolute'],
    ['C:\\x.yaml', 'path-characters'],
    ['dev/a.yaml:stream.yaml', 'path-characters'],
    ['dev/x\0.yaml', 'path-characters'],
    ['dev/x.yaml\0.png', 'path-characters'],
    ['dev/x\n.yaml', 'path-characters'],
    ['dev/x\u007f.yaml', 'path-characters'],
    ['dev/x\u0085.yaml', 'path-characters'],
    ['dev/x\u202elmay.yaml', 'path-characters'],
    ['dev/.g\u200cit/x.yaml', 'path-characters'],
    ['dev/x\ufeff.yaml', 'path-characters'],
    ['dev/x\u2028.yaml', 'path-characters'],
    ['dev/x\ue000.yaml', 'path-characters'],
    ['dev/a./x.yaml', 'path-segment'],
    ['dev/a /x.yaml', 'path-segment'],
    ['dev/x.yaml.', 'path-segment'],
    ['dev/x.yaml ', 'path-segment'],
    ['dev/ x.yaml', 'path-segment'],
    ['dev//x.yaml', 'path-segment'],
    ['dev/./x.yaml', 'path-segment'],
    ['./dev/x.yaml', 'path-segment'],
    ['', 'path-segment'],
    ['dev/gro\u0308ße.yaml', 'path-normalisation'],
    ['dev/\uff0e\uff0e/x.yaml', 'path-normalisation'],
    ['dev/\u2024\u2024/x.yaml', 'path-normalisation'],
    ['dev\uff0fx.yaml', 'path-normalisation'],
    ['dev/ﬁle.yaml', 'path-normalisation'],
    ['dev/wеb.yaml', 'path-script'],
    ['dev/nul.yaml', 'path-reserved'],
    ['dev/COM1/x.yaml', 'path-reserved'],
    [`dev/${'a'.repeat(251)}.yaml`, 'path-length'],
    [`dev/${'abcdefgh/'.repeat(14)}${'ä'.repeat(200)}.yaml`, 'path-length'],
    [`dev/${'a/'.repeat(16)}x.yaml`, 'path-length'],
  ])('A1 refuses %j', async (path, rule) => {
    await expect(reading(path)).rejects.toMatchObject({ kind: 'invalid', code: `archive.${rule}` });
    // The writer holds to the same rules, so that CI hears of it before anything is uploaded.
    await expect(writeArchive([{ path, content }])).rejects.toMatchObject({ code: `archive.${rule}` });
  });

  it('A1 refuses a lone surrogate, which only a program can name', async () => {
    await expect(writeArchive([{ path: 'dev/x\ud800.yaml', content }])).rejects.toMatchObject(
      fault('path-characters', 'dev/x\ud800.yaml'),
    );
  });

  it('A1 refuses a name that is not UTF-8, or not marked as it', async () => {
    const latin1 = Buffer.from('dev/gr\xf6.yaml', 'latin1');
    await expect(reading(latin1)).rejects.toMatchObject(fault('path-encoding', 'dev/gr\xf6.yaml'));
    const overlong = Buffer.concat([
      Buffer.from('dev/'),
      Buffer.from([0xc0, 0xae, 0xc0, 0xae]),
      Buffer.from('/x.yaml'),
    ]);
    await expect(reading(overlong)).rejects.toMatchObject({ code: 'archive.path-encoding' });
    const unmarked = forgeZip([{ name: 'dev/grö.yaml', content, flags: 0 }]);
    await expect(readArchive(unmarked)).rejects.toMatchObject({ code: 'archive.path-encoding' });
    const ascii = forgeZip([{ name: 'dev/x.yaml', content, flags: 0 }]);
    expect(await readArchive(ascii)).toHaveLength(1);
  });

  it.each([
    ['dev/A.yaml', 'dev/a.yaml'],
    ['dev/a/x.yaml', 'dev/A/y.yaml'],
    ['dev/straße.yaml', 'dev/STRASSE.yaml'],
    ['dev/Ω.yaml', 'dev/ω.yaml'],
    ['dev/ς.yaml', 'dev/σ.yaml'],
    ['dev/a.yaml', 'dev/a.yaml/b.yaml'],
    ['dev/a.yaml/b.yaml', 'dev/a.yaml'],
    ['dev/A.yaml/b.yaml', 'dev/a.yaml'],
  ])('A1 refuses %s beside %s', async (first, second) => {
    await expect(reading(first, second)).rejects.toMatchObject({ code: 'archive.path-collision' });
    const files = [first, second].map((path) => ({ path, content }));
    await expect(writeArchive(files)).rejects.toMatchObject({ code: 'archive.path-collision' });
  });

  it('A3 refuses two entries of one name', async () => {
    await expect(reading('dev/a.yaml', 'dev/a.yaml')).rejects.toMatchObject(fault('duplicate', 'dev/a.yaml'));
    await expect(reading('artifact.json', 'artifact.json')).rejects.toMatchObject(fault('duplicate', 'artifact.json'));
  });

  it.each([
    '.git/hooks/post-checkout',
    '.GIT/config',
    'dev/.git/config.yaml',
    'dev/.Git',
    'git~1/config.yaml',
    'dev/GIT~2/x.yaml',
    'dev/gitmod~1.yaml',
    'dev/gi7eba~1.yaml',
    '.gitattributes',
    'dev/.gitattributes',
    'dev/.gitignore',
    '.gitmodules',
    'dev/.sops.yaml',
    'dev/.hidden.yaml',
    'flux-system/gotk-sync.yaml',
    'dev/flux-system/kustomization.yaml',
    'dev/Flux-System/x.yaml',
  ])('A4 refuses the control file %s', async (path) => {
    await expect(reading('artifact.json', path)).rejects.toMatchObject(fault('control-file', path));
  });

  it.each([
    ['README.md', 'not-allowed'],
    ['x.yaml', 'not-allowed'],
    ['Artifact.json', 'not-allowed'],
    ['dev/artifact.json', 'not-allowed'],
    ['dev/run.sh', 'not-allowed'],
    ['dev/inner.zip', 'not-allowed'],
    ['dev/X.YAML', 'not-allowed'],
    ['dev', 'not-allowed'],
    ['Dev/x.yaml', 'environment'],
    ['-dev/x.yaml', 'environment'],
    ['clusters/x.yaml', 'environment'],
    ['policies/x.yaml', 'environment'],
    [`${'e'.repeat(64)}/x.yaml`, 'environment'],
  ])('refuses %s, says which file and what is allowed', async (path, rule) => {
    await expect(reading(path)).rejects.toMatchObject({
      ...fault(rule, path),
      next: expect.stringContaining('<environment>/**/*.yaml') as string,
    });
  });

  it('speaks of a hostile name without repeating what it does to a terminal', async () => {
    const failure: unknown = await reading('dev/\u001b[2J\u202e\u009b.yaml').catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: expect.stringMatching(/^[\x20-\x7e]+$/) as string });
  });

  it('ignores folders, whose names are judged all the same', async () => {
    const zip = (name: string): Buffer =>
      forgeZip([
        { name, mode: 0o040755, flags: utf8Flag },
        { name: 'dev/a.yaml', content },
      ]);
    expect(await readArchive(zip('dev/'))).toHaveLength(1);
    await expect(readArchive(zip('../'))).rejects.toMatchObject({ code: 'archive.path-traversal' });
    await expect(readArchive(zip('dev/.git/'))).rejects.toMatchObject({ code: 'archive.control-file' });
    await expect(readArchive(zip('dev//'))).rejects.toMatchObject({ code: 'archive.path-segment' });
    await expect(readArchive(zip('dev/A.yaml/'))).rejects.toMatchObject({ code: 'archive.path-collision' });
  });
});
