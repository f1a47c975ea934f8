/** How far a workload has rolled out, by the rules of its kind. */
export interface Progress {
  readonly isDone: boolean;
  /** Pods of this release that count, of how many. */
  readonly done: number;
  readonly wanted: number;
  readonly says: string;
  /** True where nothing is expected to happen until somebody does something: no deadline runs. */
  readonly isHalted?: boolean;
}

export function upTo(done: number, wanted: number): string {
  return `${done} of ${wanted} pods are available`;
}
