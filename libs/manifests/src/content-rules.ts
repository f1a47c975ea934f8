import { isMap, isScalar, isSeq, type Node } from 'yaml';

import { templatePaths } from './kubernetes-kinds.ts';
import type { ObjectHead } from './manifest-object.ts';
import type { ParsedFile, ParsedObject } from './manifest-parser.ts';
import { quoted, type ProblemList } from './manifest-problem.ts';
import { isEncrypted } from './sops.ts';
import { isReservedKey } from './stamp-keys.ts';
import type { YamlEntry } from './yaml-tree.ts';

const fluxPrefix = 'kustomize.toolkit.fluxcd.io/';
/** The annotations (or labels) by which an object tells Flux how to treat it; Flux keeps its other keys for its own bookkeeping. */
const fluxControls = new Set(['force', 'prune', 'ssa', 'reconcile', 'substitute'].map((name) => fluxPrefix + name));

/** Fields of pods that reach out of the container into the node. */
const hostFields = new Set(['hostPath', 'hostNetwork', 'hostPID', 'hostIPC', 'privileged']);

export interface Findings {
  readonly problems: ProblemList;
  readonly warnings: ProblemList;
  /** The keys of the stamp are ours already. */
  readonly stamped?: boolean;
}

/** What an object holds, once it is known what it is. */
export function checkContent(file: ParsedFile, object: ParsedObject, head: ObjectHead, findings: Findings): void {
  new ContentCheck(file, object, findings).run(head);
}

class ContentCheck {
  readonly #file: ParsedFile;
  readonly #object: ParsedObject;
  readonly #findings: Findings;

  constructor(file: ParsedFile, object: ParsedObject, findings: Findings) {
    this.#file = file;
    this.#object = object;
    this.#findings = findings;
  }

  run(head: ObjectHead): void {
    const { tree, map } = this.#object;
    this.#textMap('labels', tree.entry(tree.at(map, 'metadata'), 'labels'));
    this.#textMap('annotations', tree.entry(tree.at(map, 'metadata'), 'annotations'));
    this.#walk(map, '', '');
    for (const path of templatePaths(head)) this.#template(tree.at(map, ...path));
    if (head.apiGroup === '' && head.kind === 'Secret') this.#secret();
  }

  /** Labels or annotations of the object itself: one that is no text makes Flux refuse the whole service. */
  #textMap(what: 'labels' | 'annotations', entry: YamlEntry | undefined): void {
    const { tree } = this.#object;
    if (entry === undefined || tree.isNull(entry.value)) return;
    if (tree.map(entry.value) === undefined) this.#problem(entry, 'metadata', `The ${what} are no mapping.`);
    for (const item of tree.entries(entry.value)) {
      const isText = tree.isNull(item.value) || tree.text(item.value) !== undefined;
      if (!isText) this.#problem(item, 'metadata', `The value of ${quoted(item.key)} is no text.`, 'Put it in quotes.');
      this.#flux(item);
      if (item.key === 'helm.sh/hook')
        this.#warn(item, 'helm-hook', 'Flux applies it like any other object, not as a hook.');
      if (item.key === 'config.kubernetes.io/local-config' && tree.text(item.value) !== 'false')
        this.#warn(item, 'local-config', 'kustomize leaves this object out, so it will not be in the cluster.');
    }
  }

  /** The stamp goes into the labels of templates, so they must be a mapping or nothing. */
  #template(template: Node | undefined): void {
    const { tree } = this.#object;
    const metadata = tree.entry(template, 'metadata');
    const labels = tree.entry(metadata?.value, 'labels');
    for (const entry of [metadata, labels]) {
      if (entry === undefined || tree.isNull(entry.value) || tree.map(entry.value) !== undefined) continue;
      this.#problem(entry, 'metadata', `The ${entry.key} of the template are no mapping.`);
    }
  }

  #flux(item: YamlEntry): void {
    if (!item.key.startsWith(fluxPrefix)) return;
    if (fluxControls.has(item.key)) return;
    const message = `${quoted(item.key)} is a key that Flux sets itself.`;
    this.#problem(item, 'flux-key', message, `Allowed are ${[...fluxControls].join(', ')}.`);
  }

  /** Every value, aliases followed; what the aliases may add is bounded by `manifestLimits.aliasedNodes`. */
  #walk(node: Node | null, key: string, parent: string): void {
    const { tree } = this.#object;
    const resolved = tree.resolve(node);
    if (isSeq(resolved)) for (const item of resolved.items) this.#walk(item as Node | null, '', '');
    if (!isMap(resolved)) return;
    const isLabelMap = /metadata$/i.test(parent) && (key === 'labels' || key === 'annotations');
    for (const entry of tree.entries(resolved)) {
      if (isLabelMap && this.#findings.stamped !== true && isReservedKey(entry.key)) this.#reserved(entry);
      if (hostFields.has(entry.key)) this.#host(entry);
      this.#walk(entry.value, entry.key, key);
    }
  }

  #reserved(entry: YamlEntry): void {
    const message = `The key ${quoted(entry.key)} is the manager's, who sets it when it releases.`;
    this.#problem(entry, 'reserved-key', message, 'Remove it from what you render.');
  }

  #host(entry: YamlEntry): void {
    const { tree } = this.#object;
    const isMeant = entry.key === 'hostPath' ? tree.map(entry.value) !== undefined : tree.isTrue(entry.value);
    if (isMeant) this.#warn(entry, 'host-access', `${entry.key} lets a container reach into the node.`);
  }

  #secret(): void {
    const { tree, map, line } = this.#object;
    if (tree.text(tree.at(map, 'type')) === 'kubernetes.io/service-account-token')
      this.#findings.warnings.add(line, 'service-account-token', 'The Secret asks for a token that never expires.');
    const values = ['data', 'stringData'].flatMap((field) => tree.entries(tree.at(map, field)));
    const clear = values.find((entry) => !tree.isNull(entry.value) && !isEncrypted(tree.text(entry.value) ?? ''));
    if (clear === undefined) return;
    const next = 'Encrypt it with SOPS, or use a SealedSecret or ExternalSecret.';
    this.#warn(clear, 'clear-secret', 'A Secret in clear text would be committed to the config repo.', next);
  }

  #problem(entry: YamlEntry, rule: string, message: string, next?: string): void {
    this.#findings.problems.add(this.#lineOf(entry), rule, message, next);
  }

  #warn(entry: YamlEntry, rule: string, message: string, next?: string): void {
    this.#findings.warnings.add(this.#lineOf(entry), rule, message, next);
  }

  #lineOf(entry: YamlEntry): number {
    const offset = isScalar(entry.pair.key) ? entry.pair.key.range?.[0] : undefined;
    return offset === undefined ? this.#object.line : (this.#file.source?.lineAt(offset) ?? this.#object.line);
  }
}
