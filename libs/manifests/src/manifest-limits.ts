/**
 * What a rendered environment may be at most. Hostile input ends at one of these, so the work is bounded by them and not by
 * the input; real renderings stay far below (a chart of 100 objects has about 300 kB and 100,000 tokens).
 */
export const manifestLimits = {
  /** Bytes of one file. A Kubernetes object ends at 1.5 MB, what etcd stores. */
  fileBytes: 2 * 1024 * 1024,
  /** Bytes of all files of one environment. */
  totalBytes: 16 * 1024 * 1024,
  files: 2_000,
  documentsPerFile: 1_000,
  /** Objects of one environment, the items of lists counted one by one. */
  objects: 5_000,
  /**
   * Nodes of YAML in one environment, about 200,000 lines. A parsed node takes about 1 kB, and who commits a release holds a
   * whole environment at once: 14 MB of `[],[],…` would otherwise end the process (measured: beyond 4 GB).
   */
  nodes: 400_000,
  /** Lexical tokens of one file (words, blanks, indicators): about 25,000 lines. */
  tokensPerFile: 250_000,
  /** Collections inside each other, aliases followed. The deepest schema seen in a CustomResourceDefinition has about 90. */
  depth: 200,
  /** Collection indicators on one line (`- - - x`), which nest without indentation. */
  indicatorsPerLine: 50,
  /** Columns of indentation: what nests without brackets needs one each. */
  indentation: 400,
  /** Characters of one scalar, before quotes and folding are taken off. */
  scalarCharacters: 1024 * 1024,
  anchorsPerFile: 1_000,
  aliasesPerFile: 1_000,
  /** Nodes that the aliases of one file add when each is replaced by what it stands for. */
  aliasedNodes: 50_000,
  /** Problems, and warnings, listed one by one; the rest is counted. */
  problems: 100,
} as const;
