import type { KustomizationFacts, SourceFacts } from '@release-manager/contract';

import type { Why } from '../cluster-verdict.ts';
import { graces, secondsAfter } from '../graces.ts';
import type { Subject } from '../subject.ts';
import { conditionOf } from '../workload.ts';
import { staleAt } from './flux-failures.ts';
import { appliedRevision } from './revision.ts';

/**
 * What stands between the commit and its being applied, from the outside to the inside: the daemon, the root, the source, the
 * Kustomization. None of it fails a release; each says what to do. What is waited for without any trouble has the code
 * `flux.waiting`.
 */
export function waitForFlux(subject: Subject): Why {
  return daemonTrouble(subject) ?? rootTrouble(subject) ?? sourceTrouble(subject) ?? ownTrouble(subject);
}

/** Nobody knows what the cluster does. */
export function daemonTrouble({ facts: { daemon }, cluster, environment, now }: Subject): Why | undefined {
  if (daemon === undefined) {
    return {
      code: 'daemon.never-heard',
      message: `no daemon has reported from the cluster ${cluster} of ${environment}`,
      next: `start the release daemon there, or take ${cluster} out of the clusters of ${environment} in release-manager.yaml`,
    };
  }
  if (secondsAfter(daemon.heardAt, graces.daemonSilent) > now) return undefined;
  return {
    code: 'daemon.silent',
    message: `the daemon of the cluster ${cluster} was heard last at ${clock(daemon.heardAt)}`,
    next: 'see whether it runs and reaches the manager',
  };
}

/** What is known of the cluster is not what it does now: the daemon is silent, just started, or behind. */
export function cannotSee(subject: Subject): boolean {
  const { daemon } = subject.facts;
  return daemon === undefined || !daemon.synced || daemon.isBehind || daemonTrouble(subject) !== undefined;
}

function rootTrouble(subject: Subject): Why | undefined {
  const { kustomization, root } = subject.facts.flux;
  if (kustomization !== undefined && kustomization.deleted !== true) return undefined;
  if (root === undefined || root.deleted === true) {
    return {
      code: 'flux.no-root',
      message: `Flux has neither a Kustomization of ${subject.service} nor one for clusters/${subject.environment}`,
      next: `apply the root of ${subject.environment} once: kubectl apply -f clusters/${subject.environment}/<namespace of Flux>/sync.yaml`,
    };
  }
  return (
    kustomizationTrouble(root) ??
    (subject.contains(appliedRevision(root)) ? undefined : sourceTrouble(subject)) ?? {
      code: 'flux.waiting',
      message: `Flux has yet to make the Kustomization of ${subject.service} (root ${nameOf(root)})`,
      object: nameOf(root),
    }
  );
}

function sourceTrouble(subject: Subject): Why | undefined {
  for (const source of subject.facts.flux.sources) {
    if (source.deleted === true) continue;
    const { kind } = source.object;
    if (source.suspended) {
      return {
        code: 'flux.source-suspended',
        message: `${nameOf(source)} is suspended`,
        object: nameOf(source),
        next: `flux resume source git ${source.object.name} -n ${source.object.namespace}`,
      };
    }
    const bad = badCondition(source);
    if (bad === undefined) continue;
    return {
      code: kind === 'ArtifactGenerator' ? 'flux.generator-stalled' : 'flux.source-failed',
      message: `${nameOf(source)} does not work: ${bad}`,
      object: nameOf(source),
      next:
        kind === 'ArtifactGenerator'
          ? 'see the folder that the message names: one that cannot be cut stops all of its namespace'
          : 'see whether the cluster reaches the config repo with its credentials',
    };
  }
  return undefined;
}

function ownTrouble(subject: Subject): Why {
  const { kustomization } = subject.facts.flux;
  if (kustomization === undefined) return { code: 'flux.waiting', message: 'Flux has yet to look' };
  const trouble = kustomizationTrouble(kustomization);
  if (trouble !== undefined) return trouble;
  const object = nameOf(kustomization);
  if (subject.now < staleAt(subject)) {
    return { code: 'flux.waiting', message: `Flux has yet to apply the commit (${object})`, object };
  }
  const { namespace, name } = kustomization.object;
  return {
    code: 'flux.stale',
    message: `Flux has not applied the commit that was pushed at ${clock(subject.committedAt)}; ${object} is at ${appliedRevision(kustomization) ?? 'nothing'}`,
    object,
    next: `flux reconcile kustomization ${name} -n ${namespace} --with-source`,
  };
}

/** Ready reasons that are not the release's fault: not found yet, a dependency, a newer revision that took over. */
const waits: Readonly<Record<string, readonly [code: string, next: string]>> = {
  ArtifactFailed: ['flux.artifact-failed', 'see the path and the source of the Kustomization'],
  DependencyNotReady: ['flux.dependency', 'see the Kustomization that it depends on'],
  HealthCheckCanceled: ['flux.health-check-canceled', 'nothing: Flux began anew with a newer revision'],
};

function kustomizationTrouble(kustomization: KustomizationFacts): Why | undefined {
  const object = nameOf(kustomization);
  const { namespace, name } = kustomization.object;
  if (kustomization.suspended) {
    return {
      code: 'flux.suspended',
      message: `${object} is suspended`,
      object,
      next: `flux resume kustomization ${name} -n ${namespace}`,
    };
  }
  const ready = conditionOf(kustomization, 'Ready');
  const known = waits[ready?.reason ?? ''];
  if (ready?.status !== 'False') return undefined;
  const [code, next] = known ?? ['flux.failing', 'it failed with an older commit; Flux tries the new one next'];
  return { code, message: `${object}: ${ready.message ?? ready.reason ?? 'not ready'}`, object, next };
}

function badCondition(source: SourceFacts): string | undefined {
  const stalled = conditionOf(source, 'Stalled');
  const ready = conditionOf(source, 'Ready');
  const bad = stalled?.status === 'True' ? stalled : ready?.status === 'False' ? ready : undefined;
  return bad === undefined ? undefined : (bad.message ?? bad.reason ?? 'not ready');
}

function nameOf({ object: { kind, namespace, name } }: KustomizationFacts | SourceFacts): string {
  return `${kind} ${namespace}/${name}`;
}

/** A time as it may stand in a message that is compared with the last one: it must not change by itself. */
function clock(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}
