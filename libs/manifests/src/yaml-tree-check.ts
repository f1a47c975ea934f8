import { isAlias, isMap, isNode, isScalar, isSeq, Scalar, type Alias, type Node, type Pair, type YAMLMap } from 'yaml';

import { manifestLimits } from './manifest-limits.ts';
import { quoted, type ProblemList } from './manifest-problem.ts';

/** Names that mean something to JavaScript objects; whoever reads our answers may be less careful than we are. */
const poisonousKeys = new Set(['__proto__', 'constructor']);

interface Measure {
  readonly nodes: number;
  readonly depth: number;
}

/** One walk over the nodes as they are written. Its recursion is bounded because it ends at the depth limit. */
export class YamlTreeCheck {
  readonly #targets: Map<Alias, Node>;
  readonly #lineAt: (offset: number) => number;
  readonly #problems: ProblemList;
  readonly #anchors = new Map<string, Node>();
  readonly #measures = new Map<Node, Measure | 'open'>();
  #isSound = true;
  #written = 0;

  constructor(targets: Map<Alias, Node>, lineAt: (offset: number) => number, problems: ProblemList) {
    this.#targets = targets;
    this.#lineAt = lineAt;
    this.#problems = problems;
  }

  run(root: Node | null): boolean {
    if (root === null) return true;
    const measure = this.#visit(root, 0);
    if (this.#isSound && measure.nodes - this.#written > manifestLimits.aliasedNodes)
      this.#refuse(root, 'alias', `The aliases stand for more than ${manifestLimits.aliasedNodes} values.`);
    if (this.#isSound && measure.depth > manifestLimits.depth) this.#tooDeep(root);
    return this.#isSound;
  }

  #visit(node: Node, depth: number): Measure {
    this.#written += 1;
    if (isAlias(node)) return this.#alias(node);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (depth > manifestLimits.depth) {
      this.#tooDeep(node);
      return { nodes: 1, depth: 1 };
    }
    this.#measures.set(node, 'open');
    if (isScalar(node)) this.#number(node);
    const children = this.#children(node);
    let nodes = 1;
    let deepest = 0;
    for (const child of children) {
      const measure = this.#visit(child, depth + 1);
      nodes += measure.nodes;
      deepest = Math.max(deepest, measure.depth);
    }
    const measure = { nodes, depth: deepest + 1 };
    this.#measures.set(node, measure);
    return measure;
  }

  #children(node: Node): readonly Node[] {
    if (isSeq(node)) return node.items.filter((item) => item !== null) as Node[];
    if (!isMap(node)) return [];
    this.#keys(node);
    return node.items.map((pair) => pair.value).filter((value) => value !== null && value !== undefined) as Node[];
  }

  #keys(map: YAMLMap): void {
    const seen = new Set<string>();
    for (const { key } of map.items) {
      const name = nameOf(key);
      const finding = keyFinding(key, name, seen);
      if (finding !== undefined) this.#refuse(isNode(key) ? key : map, ...finding);
      if (name !== undefined) seen.add(name);
    }
    for (const pair of map.items) if (isMergeKey(pair.key)) this.#merge(pair, map);
  }

  #merge(pair: Pair, map: YAMLMap): void {
    const written = pair.value;
    const parts = isSeq(written) ? written.items : [written];
    const isUsable = parts.every((part) => {
      const target = isAlias(part) ? this.#anchors.get(part.source) : part;
      return isMap(target) && target !== map;
    });
    if (!isUsable) this.#refuse(map, 'alias', 'A merge key `<<` does not name a mapping.');
  }

  #alias(alias: Alias): Measure {
    const target = this.#anchors.get(alias.source);
    const measure = target === undefined ? undefined : this.#measures.get(target);
    if (target === undefined || measure === undefined) {
      this.#refuse(alias, 'alias', `The alias ${quoted(`*${alias.source}`)} names no anchor before it.`);
      return { nodes: 1, depth: 1 };
    }
    if (measure === 'open') {
      this.#refuse(alias, 'alias', `The alias ${quoted(`*${alias.source}`)} stands inside of what it names.`);
      return { nodes: 1, depth: 1 };
    }
    this.#targets.set(alias, target);
    return measure;
  }

  #number(node: Scalar): void {
    const { value } = node;
    const isOdd = typeof value === 'number' ? !Number.isFinite(value) : !isPlainValue(value);
    if (isOdd) this.#refuse(node, 'number', 'A value is no number that JSON can hold.', 'Put it in double quotes.');
  }

  #tooDeep(node: Node): void {
    if (this.#isSound) this.#refuse(node, 'nesting', `Collections are nested more than ${manifestLimits.depth} deep.`);
    this.#isSound = false;
  }

  #refuse(node: Node, rule: string, message: string, next?: string): void {
    this.#isSound = false;
    this.#problems.add(this.#lineAt(node.range?.[0] ?? 0), rule, message, next);
  }
}

function nameOf(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  if (isMergeValue(key.value)) return '<<';
  return typeof key.value === 'string' ? key.value : undefined;
}

type Finding = readonly [rule: string, message: string, next?: string];

function keyFinding(key: unknown, name: string | undefined, seen: ReadonlySet<string>): Finding | undefined {
  if (isScalar(key) && key.anchor !== undefined)
    return ['alias', 'An anchor stands at a key.', 'Put anchors at values only.'];
  if (name === undefined) return ['key', 'A key is not text.', 'Put the key in double quotes.'];
  if (name === '<<' && !isMergeKey(key))
    return ['key', 'The key "<<" in quotes is text to one reader and a merge to another.'];
  if (seen.has(name)) return ['duplicate-key', `The key ${quoted(name)} stands twice in one mapping.`, 'Remove one.'];
  if (!poisonousKeys.has(name)) return undefined;
  return ['key', `The key ${quoted(name)} may not stand in a manifest.`, 'Choose another name.'];
}

function isPlainValue(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'boolean';
}

/** True for `<<` that merges; in quotes it is a text. */
export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && (key.type === undefined || key.type === Scalar.PLAIN) && isMergeValue(key.value);
}

function isMergeValue(value: unknown): boolean {
  return value === '<<' || (typeof value === 'symbol' && value.description === '<<');
}
