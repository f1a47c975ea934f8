const mebibyte = 1024 * 1024;

export interface ArchiveLimits {
  /** Entries of the zip, folders included. */
  readonly entries: number;
  /** Bytes of the zip itself. */
  readonly zipBytes: number;
  /** Bytes of one file, unpacked. */
  readonly fileBytes: number;
  /** Bytes of all files, unpacked. */
  readonly totalBytes: number;
}

/**
 * etcd takes no object above 1.5 MiB, so 4 MiB is a file with several of the largest; 5,000 files are the manifests of some
 * hundred workloads in every environment. Unpacked and packed count alike: with a total there is no need to judge ratios.
 */
export const defaultArchiveLimits: ArchiveLimits = {
  entries: 5_000,
  zipBytes: 64 * mebibyte,
  fileBytes: 4 * mebibyte,
  totalBytes: 64 * mebibyte,
};
