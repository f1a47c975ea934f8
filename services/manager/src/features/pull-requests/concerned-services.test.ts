import { describe, expect, test } from 'vitest';

import { concernedServices, type SourceService } from './concerned-services.ts';

const service = (name: string, paths?: readonly string[]): SourceService => ({
  name,
  file: `services/${name}/release.yaml`,
  releaseYaml: { kind: 'read', service: name, paths: paths ?? [] },
  uploadedPaths: [],
});
const changed = (...paths: readonly string[]) => ({ paths, isComplete: true });

describe('which services a change concerns', () => {
  const web = service('web', ['services/web/**', 'libs/ui/**']);
  const api = service('api', ['services/api/**']);

  test.each([
    ['a file of one service', ['services/web/main.ts'], ['web'], ['api']],
    ['a shared folder', ['libs/ui/button.ts'], ['web'], ['api']],
    ['both', ['libs/ui/x', 'services/api/x'], ['api', 'web'], []],
    ['neither', ['README.md'], [], ['api', 'web']],
    ['a folder that only begins alike', ['services/web-admin/x'], [], ['api', 'web']],
    ['the folder itself is no file of it', ['services/web'], [], ['api', 'web']],
    ['no file at all', [], [], ['api', 'web']],
  ])('%s', (_what, paths, services, untouched) => {
    expect(concernedServices([web, api], changed(...paths))).toEqual({ services, untouched, remarks: [] });
  });

  test('without paths every change concerns it', () => {
    expect(concernedServices([service('web')], changed('README.md')).services).toEqual(['web']);
  });

  test('where GitHub does not list all files each service may be the one', () => {
    const found = concernedServices([web, api], { paths: ['README.md'], isComplete: false });
    expect(found.services).toEqual(['api', 'web']);
    expect(found.remarks[0]).toContain('more files than GitHub lists');
  });

  test.each([
    ['no release.yaml', undefined, 0],
    ['a broken one', { kind: 'broken', line: 3, message: 'Not valid YAML' } as const, 1],
    ['one of another service', { kind: 'read', service: 'other', paths: ['**'] } as const, 1],
  ])('with %s on the base branch the paths of the last upload count', (_what, releaseYaml, remarks) => {
    const it = { ...service('web'), releaseYaml, uploadedPaths: ['services/web/**'] };
    expect(concernedServices([it], changed('README.md'))).toMatchObject({ services: [], untouched: ['web'] });
    const found = concernedServices([it], changed('services/web/x'));
    expect(found.services).toEqual(['web']);
    expect(found.remarks).toHaveLength(remarks);
  });
});
