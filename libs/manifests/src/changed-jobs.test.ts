import { describe, expect, it } from 'vitest';

import { changedJobs, changedJobsError } from './changed-jobs.ts';
import { fileOf } from './manifest-fixtures.ts';
import { stampManifests } from './stamp.ts';

const job = (image: string, annotations = '', spec = ''): string =>
  `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\n  annotations: {${annotations}}\nspec:\n  backoffLimit: 1\n${spec}` +
  `  template:\n    spec:\n      containers: [{name: a, image: ${image}}]\n`;

const changed = (before: string, after: string): readonly string[] =>
  changedJobs([fileOf(before)], [fileOf(after, 'new.yaml')]).map((one) => `${one.name} ${one.file}:${one.line}`);

describe('Jobs that cannot be applied over their namesake', () => {
  it('are those whose pod template or another fixed field changes', () => {
    expect(changed(job('a:1'), `---\n${job('a:2')}`)).toEqual(['migrate new.yaml:2']);
    expect(changed(job('a:1'), job('a:1', '', '  completions: 3\n'))).toEqual(['migrate new.yaml:1']);
  });

  it('are not those of a new name, without a namesake, or with the same template', () => {
    expect(changed(job('a:1'), job('a:2').replace('name: migrate', 'name: migrate-2'))).toEqual([]);
    expect(changed('', job('a:1'))).toEqual([]);
    expect(changed(job('a:1'), job('a:1').replace('backoffLimit: 1', 'backoffLimit: 2'))).toEqual([]);
    expect(changed(job('a:1'), job('a:1').replace('{name: a, image: a:1}', '{"image": "a:1", "name": "a"}'))).toEqual(
      [],
    );
    expect(changed(job('a:1'), job('a:2').replace('kind: Job', 'kind: CronJob'))).toEqual([]);
  });

  it('are not found because of the stamp', () => {
    const stamp = (releaseId: string) => ({ service: 'web', owner: 'x', artifactId: `main-${releaseId}`, releaseId });
    const before = stampManifests([fileOf(job('a:1'))], stamp('1'));
    expect(changedJobs(before, stampManifests([fileOf(job('a:1'))], stamp('2')))).toEqual([]);
    expect(changedJobs(before, [fileOf(job('a:1'))])).toEqual([]);
    expect(changedJobs([fileOf(job('a:1'))], before)).toEqual([]);
    expect(changedJobs(before, stampManifests([fileOf(job('a:2'))], stamp('2')))).toHaveLength(1);
  });

  it.each(['force: enabled', 'force: Enabled', 'ssa: IfNotPresent', 'reconcile: disabled'])(
    'are not those that say %s',
    (text) => {
      expect(changed(job('a:1'), job('a:2', `kustomize.toolkit.fluxcd.io/${text}`))).toEqual([]);
      expect(changed(job('a:1', `kustomize.toolkit.fluxcd.io/${text}`), job('a:2'))).toHaveLength(1);
    },
  );

  it('are refused with both ways out', () => {
    const error = changedJobsError(changedJobs([fileOf(job('a:1'))], [fileOf(job('a:2'))]));
    expect(error).toMatchObject({ kind: 'denied', code: 'manifest.job-changed' });
    expect(error.message).toContain('migrate (app.yaml:1)');
    expect(error.next).toMatch(/artifact id into the name .* kustomize\.toolkit\.fluxcd\.io\/force: enabled/);
  });
});
