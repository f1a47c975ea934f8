import { isClusterScoped, isDelegate, isKindAllowed, isKustomization } from './kubernetes-kinds.ts';
import { headOf, type ObjectHead } from './manifest-object.ts';
import type { ParsedObject } from './manifest-parser.ts';
import { ProblemList, quoted } from './manifest-problem.ts';

/** What a service may hold in an environment. */
export interface ManifestScope {
  readonly environment: string;
  readonly service: string;
  /** The namespace to which the service is bound in this environment. */
  readonly namespace: string;
  /** Kinds that the environment lets pass although they are cluster-scoped or make others act: `Kind` or `Kind.group`. */
  readonly allowKinds: readonly string[];
  /** The manager has committed these files before, so they carry its stamp. */
  readonly stamped?: boolean;
}

const apiVersionForm = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[a-z][a-z0-9]{0,62}$/;
const kindForm = /^[A-Z][A-Za-z0-9]{0,62}$/;
/** RFC 1123 subdomain. */
const nameForm = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
/** Names of roles may be any path segment (`system:node`); these are the characters that occur. */
const roleNameForm = /^[A-Za-z0-9][-A-Za-z0-9_.:]{0,252}$/;
const namespaceForm = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** What the object is and where it would live, or nothing with the problems added. */
export function identify(object: ParsedObject, scope: ManifestScope, problems: ProblemList): ObjectHead | undefined {
  const head = headOf(object);
  const before = problems.all.length;
  checkType(object, head, problems);
  checkName(object, head, problems);
  if (problems.all.length > before) return undefined;
  return checkScope(object, head, scope, problems);
}

/** What names the object, when that is a name which Kubernetes could take; whether it may be here is not asked. */
export function nameOf(object: ParsedObject): ObjectHead | undefined {
  const head = headOf(object);
  const problems = new ProblemList('');
  checkType(object, head, problems);
  checkName(object, head, problems);
  // A generateName beside a name has no effect.
  return problems.all.every(({ rule }) => rule === 'manifest.generate-name') ? head : undefined;
}

function checkType({ tree, map, line }: ParsedObject, head: ObjectHead, problems: ProblemList): void {
  const apiVersion = tree.text(tree.at(map, 'apiVersion'));
  if (apiVersion === undefined) {
    problems.add(line, 'missing-api-version', 'The object has no apiVersion that is text.', 'Add `apiVersion:`.');
  } else if (!apiVersionForm.test(apiVersion)) {
    problems.add(line, 'invalid-api-version', `${quoted(apiVersion)} is no apiVersion.`, 'Write group/version.');
  }
  if (tree.text(tree.at(map, 'kind')) === undefined) {
    problems.add(line, 'missing-kind', 'The object has no kind that is text.', 'Add `kind:`.');
  } else if (!kindForm.test(head.kind)) {
    problems.add(line, 'invalid-kind', `${quoted(head.kind)} is no kind.`, 'A kind is a word such as `Deployment`.');
  }
}

function checkName({ tree, map, line }: ParsedObject, head: ObjectHead, problems: ProblemList): void {
  const generate = tree.at(map, 'metadata', 'generateName');
  if (generate !== undefined && !tree.isNull(generate)) {
    const message = 'The object has a generateName, so each apply would make another one.';
    problems.add(line, 'generate-name', message, 'Give it a `name`.');
  }
  const name = tree.text(tree.at(map, 'metadata', 'name'));
  if (name === undefined || name === '') {
    problems.add(line, 'missing-name', 'The object has no metadata.name that is text.', 'Add it; quote a number.');
    return;
  }
  const isRole = head.apiGroup === 'rbac.authorization.k8s.io';
  if ((isRole ? roleNameForm : nameForm).test(name)) return;
  problems.add(line, 'invalid-name', `${quoted(name)} is no name of an object.`, 'Use a-z, 0-9, "-" and ".".');
}

function checkScope(
  object: ParsedObject,
  head: ObjectHead,
  scope: ManifestScope,
  problems: ProblemList,
): ObjectHead | undefined {
  const refuse = (rule: string, message: string, next: string): undefined => {
    problems.add(object.line, rule, message, next);
    return undefined;
  };
  const what = `${head.kind} ${head.name}`;
  if (isKustomization(head))
    return refuse('kustomization', `${what} would make Flux apply another path.`, 'Remove it: the manager writes one.');
  const isListed = isKindAllowed(head, scope.allowKinds);
  const allow = `Remove it, or add ${head.kind} to allowKinds of ${scope.environment} in release-manager.yaml.`;
  if (isDelegate(head) && !isListed)
    return refuse('delegate', `${what} makes another controller apply what was not checked.`, allow);
  if (isClusterScoped(head)) {
    if (isListed) return { ...head, namespace: '' };
    return refuse('cluster-scoped', `${what} belongs to the whole cluster, not to ${scope.namespace}.`, allow);
  }
  const written = object.tree.at(object.map, 'metadata', 'namespace');
  const isText = object.tree.isNull(written) || object.tree.text(written) !== undefined;
  if (!isText || (head.namespace !== '' && !namespaceForm.test(head.namespace)))
    return refuse('invalid-namespace', `The namespace of ${what} is no namespace.`, `Write ${scope.namespace}.`);
  if (head.namespace !== '' && head.namespace !== scope.namespace) {
    const message = `${what} is in the namespace ${head.namespace}, but ${scope.service} is bound to ${scope.namespace} in ${scope.environment}.`;
    return refuse('foreign-namespace', message, `Render it for ${scope.namespace}, or leave the namespace out.`);
  }
  return { ...head, namespace: scope.namespace };
}
