import type { FileProblem } from '@release-manager/config-repo';
import type { Logger } from '@release-manager/runtime';

/**
 * Says of each problem once that it came, and once that it is gone: nearly every commit is a release, and would tell again
 * what everybody knows. A problem that only moved to another line is the same one.
 */
export function createProblemReport(logger: Logger): (problems: readonly FileProblem[]) => void {
  let known: ReadonlyMap<string, FileProblem> = new Map();
  return (problems) => {
    const current = new Map(problems.map((problem) => [`${problem.file} ${problem.message}`, problem]));
    for (const [key, { file, line, message }] of current)
      if (!known.has(key)) logger.warn('config repo has a broken file', { file, line, problem: message });
    for (const [key, { file, message }] of known)
      if (!current.has(key)) logger.info('config repo file is mended', { file, problem: message });
    known = current;
  };
}
