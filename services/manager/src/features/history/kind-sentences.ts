import type { LedgerEntry } from '@release-manager/contract';

import { stateSentences } from './state-sentences.ts';

export interface KindSentence {
  /** Whether it belongs into the story that a support person reads; the rest is shown to whoever asks for details. */
  readonly story: boolean;
  readonly says: (entry: LedgerEntry) => string;
}

/** What is written down as a person would say it already. */
const asWritten = ({ cause }: LedgerEntry): string => cause;
const story = (says: KindSentence['says'] = asWritten): KindSentence => ({ story: true, says });
const detail = (says: KindSentence['says'] = asWritten): KindSentence => ({ story: false, says });

/** Every kind of ledger entry in words. A test finds kinds that the code writes and nobody can read. */
const sentences: Readonly<Record<string, KindSentence>> = {
  ...Object.fromEntries(Object.entries(stateSentences).map(([state, says]) => [`release.${state}`, story(says)])),
  'release.recovered': story(({ cause }) => `it recovered: ${cause}`),
  'incident.opened': story(
    ({ environment = 'it', cause }) => `after it had run well it went wrong in ${environment}: ${cause}`,
  ),
  'incident.closed': story(),
  'drift.found': story(
    ({ environment = 'it', cause }) => `somebody changed ${environment} past the config repo: ${cause}`,
  ),
  'drift.ended': story(),
  'release.rebuilt': story(
    ({ cause }) => `after the loss of the database this was read from the config repo: ${cause}`,
  ),
  'rollback.accepted': story(),
  'hold.set': story(),
  'hold.lifted': story(),
  'hold.restored': story(),
  'hold.expired': story(({ environment = 'it', details }) => {
    const [reason, stays] = [text(details, 'reason'), text(details, 'stays')];
    const why = reason === undefined ? '' : `; it was set because: ${reason}`;
    return `the hold of ${environment} came to its end${why}${stays === undefined ? '' : `; another one stays: ${stays}`}`;
  }),
  'quarantine.set': story(),
  'quarantine.lifted': story(),
  'quarantine.restored': story(),
  'config-repo.hand-edit': story(({ service = 'a service', environment = 'it', details, cause }) => {
    const author = text(record(details['author']), 'name');
    const subject = text(details, 'subject');
    if (author === undefined) return cause;
    const said = subject === undefined || subject === '' ? '' : ` (“${subject}”)`;
    return `${author} changed ${service} in ${environment} by hand, past the release manager, in commit ${short(text(details, 'commit'))}${said}; the next release puts it back`;
  }),
  'automation.blocked': story(),
  'service.registered': story(({ actor, service = 'the service' }) => `${service} was registered by ${actor.name}`),
  'service.changed': story(({ actor, cause }) => `${actor.name}: ${cause}`),
  'service.rebuilt': story(),
  'policy.applied': story(),
  'policy.deleted': story(),
  'policy.asked': detail(),
  'rights.changed': story(),
  'recovery.began': story(),
  'recovery.rebuilt': story(),
  'recovery.resumed': story(),
  'artifact.registered': detail(),
  'artifact.uploaded': detail(),
  'artifact.ready': detail(),
  'artifact.rejected': story(),
  'artifact.abandoned': detail(),
  'artifact.rebuilt': detail(),
  'artifact.checks-changed': detail(),
  'artifact.proven': detail(),
  'artifact.source-proven': detail(),
  'artifact.source-refuted': story(),
  'incoming.taken': detail(),
  'incoming.refused': story(),
  'incoming.gone': detail(),
  'build.started': detail(),
  'build.finished': detail(),
  'build.abandoned': detail(),
  'delivery.retried': detail(),
  'token.created': detail(),
  'token.revoked': detail(),
};

export const storyKinds: readonly string[] = Object.entries(sentences)
  .filter(([, { story: isStory }]) => isStory)
  .map(([kind]) => kind);

export function hasSentence(kind: string): boolean {
  return sentences[kind] !== undefined;
}

/** What happened, in words. Of a kind that an older or newer manager wrote it is what that one wrote down. */
export function sentenceOf(entry: LedgerEntry): string {
  return (sentences[entry.kind]?.says ?? asWritten)(entry);
}

function text(details: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = details[key];
  return typeof value === 'string' ? value : undefined;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function short(commit: string | undefined): string {
  return commit?.slice(0, 10) ?? '?';
}
