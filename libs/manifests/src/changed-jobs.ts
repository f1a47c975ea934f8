import { AppError, type ArtifactFile } from '@release-manager/domain';

import { fluxHint, isLeftAlone } from './flux-hints.ts';
import { headOf } from './manifest-object.ts';
import { parseManifests, type ParsedObject } from './manifest-parser.ts';
import { isMapping, normalLines, withoutStamp } from './normal-form.ts';
import { printable } from './printable.ts';

/** A Job that cannot be applied over the one of the same name. */
export interface ChangedJob {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/** Fields of a Job that the API server lets nobody change. */
const immutableFields = [
  'template',
  'selector',
  'completions',
  'completionMode',
  'podFailurePolicy',
  'successPolicy',
  'backoffLimitPerIndex',
  'managedBy',
];

/**
 * Jobs that are in both renderings under one name and differ in what the API server keeps fixed, so that Flux would fail on
 * the whole service. Not those that tell Flux to make them anew (`force: enabled`) or to leave them alone; the stamp and the
 * order of keys do not count. `before` is what is committed, `after` what would be.
 */
export function changedJobs(before: readonly ArtifactFile[], after: readonly ArtifactFile[]): readonly ChangedJob[] {
  const committed = new Map(jobsOf(before).map((job) => [job.name, job]));
  return jobsOf(after).flatMap((job) => {
    const old = committed.get(job.name);
    if (old === undefined || old.fixed === job.fixed || job.isHandled) return [];
    return [{ name: job.name, file: job.file, line: job.line }];
  });
}

/** The refusal of a release whose plan changes Jobs in place, with the two ways out. */
export function changedJobsError(jobs: readonly ChangedJob[]): AppError {
  const first = jobs.slice(0, 10).map((job) => `${printable(job.name)} (${printable(job.file)}:${job.line})`);
  const more = jobs.length > first.length ? ` and ${jobs.length - first.length} more` : '';
  const message = `${jobs.length === 1 ? 'A Job changes its' : 'Jobs change their'} pod template under the same name, which Kubernetes refuses: ${first.join(', ')}${more}.`;
  return new AppError('denied', 'manifest.job-changed', message, {
    next: `Put the artifact id into the name of the Job, or annotate it with kustomize.toolkit.fluxcd.io/force: enabled so that Flux makes it anew.`,
    details: { jobs: jobs.slice(0, 100) },
  });
}

interface Job extends ChangedJob {
  /** What must not change, in one notation. */
  readonly fixed: string;
  readonly isHandled: boolean;
}

function jobsOf(files: readonly ArtifactFile[]): readonly Job[] {
  return parseManifests(files).files.flatMap((file) =>
    file.objects.flatMap((object) => {
      const head = headOf(object);
      if (head.apiGroup !== 'batch' || head.kind !== 'Job') return [];
      const { name } = head;
      return [{ name, file: file.path, line: object.line, fixed: fixedPart(object), isHandled: isHandled(object) }];
    }),
  );
}

function fixedPart(object: ParsedObject): string {
  const { tree, map } = object;
  const spec = withoutStamp(tree.value(tree.at(map, 'spec')));
  if (!isMapping(spec)) return '';
  const kept = immutableFields.flatMap((field) => {
    const value = spec.get(field);
    return value === undefined || value === null ? [] : [[field, value] as const];
  });
  return normalLines(new Map(kept)).join('\n');
}

/** Flux makes such a Job anew, or does not touch it. */
function isHandled(object: ParsedObject): boolean {
  return fluxHint(object, 'force', 'enabled') || isLeftAlone(object);
}
