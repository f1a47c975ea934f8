export { manifestLimits } from './manifest-limits.ts';
export {
  isManifestPath,
  parseManifests,
  type ParsedFile,
  type ParsedManifests,
  type ParsedObject,
} from './manifest-parser.ts';
export type { ManifestProblem } from './manifest-problem.ts';
