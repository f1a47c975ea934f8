import type { ClusterVerdict, Phase, Why } from './cluster-verdict.ts';
import { staleAt } from './flux/flux-failures.ts';
import { cannotSee, daemonTrouble, waitForFlux } from './flux/flux-waits.ts';
import { appliedRevision } from './flux/revision.ts';
import { graces, secondsAfter } from './graces.ts';
import type { Subject } from './subject.ts';

/**
 * What one cluster did with an undeploy. It is applied when the root contains the commit and the service's Kustomization is
 * gone, and done when every entry of that one's last inventory is gone or has another owner. What hangs on a finalizer is
 * named, and what the daemon may not read is said to be unchecked. Nothing fails here by itself but a root that cannot apply.
 */
export function judgeUndeploy(subject: Subject): ClusterVerdict {
  const { kustomization: child, root } = subject.facts.flux;
  const isRooted = root !== undefined && root.deleted !== true && subject.contains(appliedRevision(root));
  const isApplied = isRooted && (child === undefined || child.deleted === true);
  if (!isApplied) return waiting(subject, stillThere(subject, isRooted) ?? waitForFlux(subject));
  const appliedAt = subject.memory.appliedAt ?? subject.now.toISOString();
  const found = cannotSee(subject) ? unseen(subject) : pruned(subject, appliedAt);
  const until = secondsAfter(new Date(appliedAt), graces.unseenPods);
  return {
    isApplied,
    isBlind: cannotSee(subject),
    troubles: [],
    workloads: [],
    memory: { signals: {}, progress: {}, appliedAt },
    ...found,
    ...(found.phase !== 'healthy' && until > subject.now ? { nextLookAt: until } : {}),
  };
}

function waiting(subject: Subject, why: Why): ClusterVerdict {
  const next = staleAt(subject);
  return {
    isApplied: false,
    isBlind: cannotSee(subject),
    troubles: [],
    workloads: [],
    memory: { signals: {}, progress: {} },
    phase: 'waiting-for-flux',
    says: `waits for Flux: ${why.message}`,
    why,
    ...(next > subject.now ? { nextLookAt: next } : {}),
  };
}

function unseen(subject: Subject): Pruned {
  const why = daemonTrouble(subject);
  return { phase: 'rolling-out', says: why?.message ?? 'what it left behind is looked for', ...(why && { why }) };
}

/** The root has applied the commit, and the Kustomization is there all the same. */
function stillThere({ facts: { flux } }: Subject, isRooted: boolean): Why | undefined {
  const child = flux.kustomization;
  if (!isRooted || child === undefined) return undefined;
  const { namespace, name } = child.object;
  const object = `Kustomization ${namespace}/${name}`;
  if (child.suspended) {
    return {
      code: 'flux.suspended',
      message: `${object} is suspended, so it does not take away what it applied`,
      object,
      next: `flux resume kustomization ${name} -n ${namespace}`,
    };
  }
  return { code: 'flux.pruning', message: `${object} is on its way out`, object };
}

interface Pruned {
  readonly phase: Phase;
  readonly says: string;
  readonly why?: Why;
}

/** What is left of the last inventory, as the daemon looked it up. */
function pruned({ facts, now }: Subject, appliedAt: string): Pruned {
  const { prune, kustomization } = facts.flux;
  if (prune === undefined) {
    // Where there was no Kustomization, or nothing in it, there is nothing to look up; a daemon that knows one tells at once.
    const isEmpty = kustomization === undefined || kustomization.inventory.length === 0;
    const isOver = secondsAfter(new Date(appliedAt), graces.unseenPods) <= now;
    return isEmpty && isOver
      ? { phase: 'healthy', says: 'gone' }
      : { phase: 'rolling-out', says: 'what it left behind is looked for' };
  }
  const unchecked =
    prune.unreadable.length === 0 ? '' : `; unchecked, since the daemon may not read them: ${listed(prune.unreadable)}`;
  if (prune.done || prune.remaining.length === 0)
    return { phase: 'healthy', says: `gone, ${prune.entries} objects${unchecked}` };
  const stuck = prune.remaining.filter(({ finalizers }) => finalizers.length > 0);
  const names = listed(prune.remaining.map(({ id }) => id));
  const says = `${prune.remaining.length} of ${prune.entries} objects are left: ${names}${unchecked}`;
  const [first] = stuck;
  if (first === undefined) return { phase: 'rolling-out', says };
  const why: Why = {
    code: 'undeploy.finalizer',
    message: `${named(first.id)} hangs on the finalizer ${first.finalizers.join(', ')}`,
    object: named(first.id),
    next: 'see whether its controller still runs; it takes the finalizer away when it has cleaned up',
  };
  return { phase: 'rolling-out', says: `${says}; ${why.message}`, why };
}

/** `<namespace>_<name>_<group>_<kind>`, as `Kind namespace/name`. */
function named(id: string): string {
  const parts = id.split('_');
  const [namespace = '', name = ''] = parts;
  return `${parts.at(-1) ?? ''} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

function listed(ids: readonly string[]): string {
  const names = ids.slice(0, 5).map(named);
  return `${names.join(', ')}${ids.length > names.length ? ` and ${ids.length - names.length} more` : ''}`;
}
