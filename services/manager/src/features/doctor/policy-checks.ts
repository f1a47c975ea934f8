import { policiesFor, type ConfigSnapshot, type LocatedPolicy } from '@release-manager/config-repo';
import type { DoctorCheck } from '@release-manager/contract';
import { matchesBranch, overrulings, overruledWords, policyConflicts } from '@release-manager/policies';
import type { Database } from '@release-manager/postgres';

/** A service that is new has not built every branch yet. */
const settledDays = 7;
const mostFindings = 30;

interface ServiceRow {
  readonly name: string;
  readonly registered_at: Date;
}

/** Rules that never have a say: overruled, at odds with each other, about nobody, or about branches that nobody builds. */
export async function checkPolicies(database: Database, snapshot: ConfigSnapshot, now: Date): Promise<DoctorCheck[]> {
  const services = await database.db<ServiceRow>('services').orderBy('name').select('name', 'registered_at');
  const heads = await database.db<{ service: string; branch: string }>('branch_heads').select('service', 'branch');
  const branches = Map.groupBy(heads, ({ service }) => service);
  const settledBefore = now.getTime() - settledDays * 86_400_000;
  const settled = services.filter(({ registered_at: at }) => at.getTime() < settledBefore).map(({ name }) => name);

  const found = [
    ...services.flatMap(({ name }) => neverHeard(snapshot, name)),
    ...ofNobody(snapshot, new Set(services.map(({ name }) => name))),
    ...neverMatching(snapshot, settled, (service) => (branches.get(service) ?? []).map(({ branch }) => branch)),
  ];
  // A global rule is found once for each service.
  const distinct = [...new Map(found.map((check) => [`${check.name} ${check.message}`, check])).values()];
  if (distinct.length === 0) return [{ name: 'policies', status: 'ok', message: 'every rule can have a say' }];
  const more = distinct.length - mostFindings;
  return [
    ...distinct.slice(0, mostFindings),
    ...(more > 0 ? [{ name: 'policies', status: 'warning' as const, message: `and ${more} more of this kind` }] : []),
  ];
}

function neverHeard(snapshot: ConfigSnapshot, service: string): DoctorCheck[] {
  const { policies } = policiesFor(snapshot, service);
  return [
    ...policyConflicts(policies).map(({ rules: [rule], message, next }) => warning(rule, message, next)),
    ...[...overrulings(policies)].map(([policy, by]) =>
      warning(policy, overruledWords(by), 'remove it, if that is what is wanted'),
    ),
  ];
}

function ofNobody(snapshot: ConfigSnapshot, services: ReadonlySet<string>): DoctorCheck[] {
  return [...snapshot.servicePolicies].flatMap(([service, [first]]) =>
    services.has(service) || first === undefined
      ? []
      : [warning(first, `no service ${service} is registered`, 'its first upload registers it; else remove the file')],
  );
}

function neverMatching(
  snapshot: ConfigSnapshot,
  settled: readonly string[],
  branchesOf: (service: string) => readonly string[],
): DoctorCheck[] {
  const silent = (policy: LocatedPolicy, among: readonly string[]): DoctorCheck[] => {
    if (policy.policy.kind !== 'auto-release' || among.length === 0) return [];
    const { policy: rule } = policy;
    if (among.some((branch) => matchesBranch(rule, branch))) return [];
    const message = `auto-release ${policy.id}: no artifact of such a branch was ever uploaded`;
    return [warning(policy, message, 'look for a slip in the branch: `release-cli artifact list` shows the real ones')];
  };
  return [
    ...snapshot.globalPolicies.flatMap((policy) => silent(policy, settled.flatMap(branchesOf))),
    ...settled.flatMap((service) =>
      (snapshot.servicePolicies.get(service) ?? []).flatMap((policy) => silent(policy, branchesOf(service))),
    ),
  ];
}

function warning({ file, line }: { file: string; line: number }, message: string, next: string): DoctorCheck {
  return { name: `${file}:${line}`, status: 'warning', message, next };
}
