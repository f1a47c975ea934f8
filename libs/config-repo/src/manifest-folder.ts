import { AppError, type ArtifactFile } from '@release-manager/domain';
import { changedJobs, stampManifests, type ChangedJob } from '@release-manager/manifests';

import type { PlanProblem } from './edit.ts';
import type { PlanReleaseInput } from './release-input.ts';
import { releaseJson, stableJson } from './release-json.ts';

/** What we put beside the manifests; an artifact may not bring files of these names. */
const ours = ['artifact.json', 'release.json'];

export interface ManifestFolder {
  readonly files: readonly ArtifactFile[];
  readonly problems: readonly PlanProblem[];
}

/** The whole content of the release folder: manifests with the stamp, `artifact.json`, `release.json`, nothing else. */
export function manifestFolder(input: PlanReleaseInput, folder: string): ManifestFolder {
  const reserved = input.files.filter((file) => ours.includes(file.path));
  if (reserved.length > 0) return { files: [], problems: reserved.map((file) => reservedName(file, folder)) };
  if (input.files.length === 0) return { files: [], problems: [noManifests(input)] };
  try {
    const stamped = stampManifests(input.files, {
      service: input.service,
      owner: input.owner,
      artifactId: input.spec.id,
      releaseId: input.release.id,
    });
    const before = input.existing.folder.filter((file) => !ours.includes(file.path));
    const jobs = changedJobs(before, stamped);
    return { files: [...stamped, ...records(input)], problems: jobs.map((job) => jobChanged(job, folder)) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { files: [], problems: [fromError(error, folder)] };
  }
}

function records(input: PlanReleaseInput): readonly ArtifactFile[] {
  return [
    { path: 'artifact.json', content: stableJson(input.spec) },
    { path: 'release.json', content: stableJson(releaseJson(input.spec.id, input.release)) },
  ];
}

/** Replacing a folder by nothing would undeploy the service, which only an undeploy may do. */
function noManifests(input: PlanReleaseInput): PlanProblem {
  return {
    code: 'plan.no-manifests',
    message: `${input.spec.id} holds no manifests for ${input.environment.name}.`,
    next: `to take ${input.service} out of it: release-cli undeploy ${input.environment.name} --service ${input.service}`,
  };
}

function jobChanged(job: ChangedJob, folder: string): PlanProblem {
  return {
    code: 'plan.job-changed',
    message: `The Job ${job.name} changes under its name, which Kubernetes refuses: nothing of the release would be applied.`,
    next: 'put the artifact id into its name, or annotate it with kustomize.toolkit.fluxcd.io/force: enabled so that Flux makes it anew',
    file: `${folder}/${job.file}`,
    line: job.line,
  };
}

function reservedName(file: ArtifactFile, folder: string): PlanProblem {
  return {
    code: 'plan.reserved-file',
    message: `The artifact brings a file ${file.path}, which the release writes itself.`,
    next: 'rename it in the build',
    file: `${folder}/${file.path}`,
  };
}

/** A refusal of a pure part as a problem of the plan, so that the release is denied with its words. */
export function fromError(error: AppError, file: string): PlanProblem {
  return { code: error.code, message: error.message, file, ...(error.next === undefined ? {} : { next: error.next }) };
}
