import { namespaceIn } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';

import { isSameRepository } from './same-repository.ts';
import type { Service } from './service-records.ts';

/** What an upload says of its service. */
export interface ServiceClaim {
  readonly name: string;
  readonly namespaces: Readonly<Record<string, string>>;
  readonly owner?: string | undefined;
  readonly repository: string;
  readonly sourcePath?: string | undefined;
  readonly paths?: readonly string[] | undefined;
  readonly links?: Readonly<Record<string, string>> | undefined;
}

/**
 * Holds an upload to what was bound at registration: an upload is made by CI of any branch, and namespace and owner decide
 * where a service may write and who may release it. An upload that is silent about something does not contradict.
 * @throws AppError conflict `service.namespace-bound`, `service.owner-bound`, `service.repository-bound`
 */
export function assertBinding(service: Service, claim: ServiceClaim): void {
  const { name } = service;
  for (const environment of new Set([...Object.keys(claim.namespaces), ...Object.keys(service.namespaces)])) {
    const said = namespaceIn(claim.namespaces, environment);
    const bound = namespaceIn(service.namespaces, environment);
    if (said === undefined || said === bound) continue;
    const where = environment === 'default' ? '' : ` in ${environment}`;
    throw bindingError('namespace', {
      service: name,
      message: `${name} is bound to ${bound === undefined ? 'no namespace' : `the namespace ${bound}`}${where}, and the upload says ${said}`,
      flag: environment === 'default' ? `--namespace ${said}` : `--namespace-in ${environment}=${said}`,
    });
  }
  if (claim.owner !== undefined && claim.owner !== service.owner) {
    throw bindingError('owner', {
      service: name,
      message: `${name} ${service.owner === undefined ? 'has no owner' : `belongs to ${service.owner}`}, and the upload says ${claim.owner}`,
      flag: `--owner ${claim.owner}`,
    });
  }
  if (service.repository !== undefined && !isSameRepository(claim.repository, service.repository)) {
    throw bindingError('repository', {
      service: name,
      message: `${name} comes from ${service.repository}, and the upload says ${claim.repository}`,
      flag: `--repository ${shellWord(claim.repository)}`,
    });
  }
}

interface Binding {
  readonly service: string;
  readonly message: string;
  readonly flag: string;
}

function bindingError(what: 'namespace' | 'owner' | 'repository', { service, message, flag }: Binding): AppError {
  return new AppError('conflict', `service.${what}-bound`, `${message}.`, {
    next: `correct the upload, or have an administrator run \`release-cli service set ${service} ${flag}\``,
  });
}

/** The command is there to be copied, and the text comes from somebody else. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
