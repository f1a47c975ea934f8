import { checkContent } from './content-rules.ts';
import { identify, type ManifestScope } from './identity-rules.ts';
import { isWorkload } from './kubernetes-kinds.ts';
import { objectKey, objectName, type ManifestObject } from './manifest-object.ts';
import type { ParsedFile, ParsedManifests } from './manifest-parser.ts';
import { capped, ProblemList, type ManifestProblem } from './manifest-problem.ts';

export interface ManifestCheck {
  /** What can be named, in the order of the files; complete only when there are no problems. */
  readonly objects: readonly ManifestObject[];
  /** One is enough to reject the environment. At most a hundred and one: the last then counts the rest. */
  readonly problems: readonly ManifestProblem[];
  /** What somebody should know and nothing stops at. */
  readonly warnings: readonly ManifestProblem[];
}

/** Names at which kustomize stops looking at single files and follows what the file says, remote bases too. */
const kustomizationFiles = new Set(['kustomization.yaml', 'kustomization.yml', 'kustomization']);
/** What the manager itself writes beside the manifests. */
const ownFiles = new Set(['artifact.json', 'release.json']);

/**
 * Judges the rendered files of one environment of one artifact (and no others: `artifact.json` of the root does not belong
 * here) by what the service may hold there. `namespace` of the objects is where Flux will put them: its `targetNamespace`
 * when none is written. Kustomizations are refused always, other objects of Flux and the Applications of Argo CD unless
 * `allowKinds` names them.
 */
export function checkManifests(parsed: ParsedManifests, scope: ManifestScope): ManifestCheck {
  const problems: ManifestProblem[] = [...parsed.problems];
  const warnings: ManifestProblem[] = [];
  const objects = new Map<string, ManifestObject>();
  for (const file of parsed.files) {
    const findings = {
      problems: new ProblemList(file.path),
      warnings: new ProblemList(file.path),
      stamped: scope.stamped === true,
    };
    checkFile(file, findings);
    for (const object of file.objects) {
      const head = identify(object, scope, findings.problems);
      if (head === undefined) continue;
      checkContent(file, object, head, findings);
      addObject(
        objects,
        { ...head, file: file.path, line: object.line, workload: isWorkload(head) },
        findings.problems,
      );
    }
    problems.push(...findings.problems.all);
    warnings.push(...findings.warnings.all);
  }
  if (problems.length === 0 && objects.size === 0) problems.push(emptyEnvironment(scope));
  return { objects: [...objects.values()], problems: capped(problems), warnings: capped(warnings) };
}

function checkFile(file: ParsedFile, findings: { problems: ProblemList; warnings: ProblemList }): void {
  const segments = file.path.split('/');
  const name = (segments.at(-1) ?? '').toLowerCase();
  if (kustomizationFiles.has(name)) {
    const message = 'A kustomization file would decide what Flux applies, and it can name anything.';
    findings.problems.add(1, 'kustomization-file', message, 'Render with `kustomize build` and upload what it prints.');
  } else if (ownFiles.has(name)) {
    findings.problems.add(1, 'reserved-file', `The manager writes ${name} itself.`, 'Leave it out of the environment.');
  } else if (segments.some((segment) => segment.startsWith('.'))) {
    const message = 'Names that begin with a dot steer git, SOPS or Flux, and are not taken.';
    findings.problems.add(1, 'hidden-file', message, 'Leave it out of the environment.');
  } else if (!file.isManifest) {
    const message = 'Flux reads only `.yaml` and `.yml`; this file is committed and not applied.';
    findings.warnings.add(1, 'not-applied', message);
  }
}

function addObject(objects: Map<string, ManifestObject>, object: ManifestObject, problems: ProblemList): void {
  const key = objectKey(object);
  const first = objects.get(key);
  if (first === undefined) {
    objects.set(key, object);
    return;
  }
  const message = `${objectName(object)} stands also in ${first.file}:${first.line}; Flux refuses both.`;
  problems.add(object.line, 'duplicate-object', message, 'Render it once.');
}

function emptyEnvironment(scope: ManifestScope): ManifestProblem {
  return {
    file: scope.environment,
    line: 1,
    rule: 'manifest.empty-environment',
    message: `The folder ${scope.environment} holds no object, and releasing it would remove ${scope.service} there.`,
    next: `Leave the folder out, or use \`release-cli undeploy ${scope.environment}\`.`,
  };
}
