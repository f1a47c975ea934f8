/** How what the head of a pull request was built to compares with what the config repo holds now, of one target. */
export type ManifestChange =
  /** CI has not pushed an artifact of the head yet. */
  | { readonly kind: 'pending' }
  /** Builds of a fork are nobody's word, and are not taken. */
  | { readonly kind: 'fork' }
  | { readonly kind: 'rejected'; readonly artifactId: string; readonly why: string }
  | { readonly kind: 'absent'; readonly artifactId: string }
  | {
      readonly kind: 'compared';
      readonly artifactId: string;
      /** Objects that differ; none: nothing changes. */
      readonly objects: number;
      readonly added: number;
      readonly removed: number;
      /** Unified, Secrets masked. */
      readonly text: string;
    };
