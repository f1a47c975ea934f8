import { nameKinds, type ArgumentSpec, type Completes, type OptionSpec } from '../define-command.ts';

/** Options and arguments that are one thing under several names. */
const otherNames: Readonly<Record<string, Completes>> = {
  env: 'environment',
  environments: 'environment',
  protected: 'environment',
  services: 'service',
  folder: 'folder',
  repository: 'folder',
};

/** How a value is completed, by what its definition says, or else by its name: a name means one thing in all commands. */
export function completionOf(name: string, spec: ArgumentSpec | OptionSpec): Completes | undefined {
  if (spec.completes !== undefined) return spec.completes;
  const value = 'value' in spec ? spec.value : undefined;
  if (value?.includes('|') === true) return value.split('|');
  if (value === 'file') return 'file';
  // A new address is typed, not chosen.
  if (value === 'url') return undefined;
  return nameKinds.find((kind) => kind === name) ?? otherNames[name];
}

/** Values that are lists with commas between them. */
export function isList(name: string): boolean {
  return name === 'environments' || name === 'protected' || name === 'services';
}
