export interface FolderFile {
  /** Below the folder. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** What a plan wants changed in the tree; `libs/git` performs it. The same shape as its `TreeEdit`. */
export type Edit =
  | { readonly kind: 'put'; readonly path: string; readonly content: Uint8Array }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'replace-folder'; readonly path: string; readonly files: readonly FolderFile[] };

/** Why a plan must not be carried out. */
export interface PlanProblem {
  /** Stable and dotted: `plan.job-changed`. */
  readonly code: string;
  readonly message: string;
  readonly next?: string;
  /** From the root of the config repo. */
  readonly file?: string;
  readonly line?: number;
}

/** A problem of any is a reason not to carry out the edits. */
export interface Plan {
  readonly edits: readonly Edit[];
  readonly problems: readonly PlanProblem[];
}
