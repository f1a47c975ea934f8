import type { ReadReleaseYaml } from '@release-manager/config-repo';
import { matchesGlob } from '@release-manager/policies';

/** A service of the repository, and what its `release.yaml` on the base branch says. */
export interface SourceService {
  readonly name: string;
  /** Where its `release.yaml` lies. */
  readonly file: string;
  /** Absent: there is none on the base branch. */
  readonly releaseYaml: ReadReleaseYaml | undefined;
  /** As its last upload said; they count where the base branch says nothing that can be read. */
  readonly uploadedPaths: readonly string[];
}

export interface Concerned {
  readonly services: readonly string[];
  /** Services of the same repository that nothing of it concerns. */
  readonly untouched: readonly string[];
  /** What could not be read, in words. */
  readonly remarks: readonly string[];
}

/**
 * Which services the changed files concern: those whose `paths` one of them matches. A service without `paths` is concerned by
 * every change; so is every one where GitHub does not list all files, since one that is missing could be the one.
 */
export function concernedServices(
  services: readonly SourceService[],
  changed: { readonly paths: readonly string[]; readonly isComplete: boolean },
): Concerned {
  const isConcerned = (service: SourceService): boolean => {
    const patterns = patternsOf(service);
    return !changed.isComplete || patterns.length === 0 || touches(patterns, changed.paths);
  };
  const sorted = services.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    services: sorted.filter(isConcerned).map(({ name }) => name),
    untouched: sorted.filter((service) => !isConcerned(service)).map(({ name }) => name),
    remarks: [
      ...(changed.isComplete || services.length < 2
        ? []
        : ['It changes more files than GitHub lists, so every service of the repository counts as changed.']),
      ...sorted.flatMap(remarkOn),
    ],
  };
}

function patternsOf({ name, releaseYaml, uploadedPaths }: SourceService): readonly string[] {
  return releaseYaml?.kind === 'read' && releaseYaml.service === name ? releaseYaml.paths : uploadedPaths;
}

function touches(patterns: readonly string[], paths: readonly string[]): boolean {
  return patterns.some((pattern) => {
    // Most paths of a large change fail here, long before a glob is taken apart.
    const beginning = pattern.slice(0, (pattern + '*').indexOf('*'));
    return paths.some((path) => path.startsWith(beginning) && matchesGlob(pattern, path));
  });
}

function remarkOn({ name, file, releaseYaml }: SourceService): readonly string[] {
  if (releaseYaml?.kind === 'broken')
    return [
      `${file}:${releaseYaml.line} on the base branch cannot be read (${releaseYaml.message}); for ${name} the paths of its last upload count.`,
    ];
  if (releaseYaml !== undefined && releaseYaml.service !== name)
    return [
      `${file} on the base branch speaks of ${releaseYaml.service}; for ${name} the paths of its last upload count.`,
    ];
  return [];
}
