import type { HistoryItem, ReleaseView } from '@release-manager/contract';

/** What somebody did, whatever became of it: the first line of a release in the story. */
export function releaseSentence(release: ReleaseView): string {
  const { service, environment, artifact = 'an artifact', branch } = release;
  const happened = reached(release);
  const say = (done: string, wanted: string): string =>
    `${whoWords(release)} ${happened ? done : wanted}${outcomeWords(release)}`;
  switch (release.intent) {
    case 'auto':
    case 'artifact':
      return say(`released ${artifact} to ${environment}`, `asked for ${artifact} in ${environment}`);
    case 'branch': {
      const latest = branch === undefined ? '' : `, the latest of ${branch},`;
      return say(`released ${artifact}${latest} to ${environment}`, `asked for ${artifact}${latest} in ${environment}`);
    }
    case 'promote':
      return say(`promoted ${artifact} to ${environment}`, `asked for the promotion of ${artifact} to ${environment}`);
    case 'rollback':
      return say(`rolled ${environment} back to ${artifact}`, `asked to roll ${environment} back to ${artifact}`);
    case 'restore':
      return say(`restored ${artifact} in ${environment}`, `asked to restore ${artifact} in ${environment}`);
    case 'undeploy':
      return say(`took ${service} out of ${environment}`, `asked to take ${service} out of ${environment}`);
  }
}

/** The rules that decided, with where they stand; those that had nothing to say are left out. */
export function rulesOf({ decision }: ReleaseView): HistoryItem['rules'] {
  return (decision?.opinions ?? []).flatMap(({ rule, verdict, explanation, source }) =>
    verdict === 'not-concerned'
      ? []
      : [
          {
            rule,
            verdict,
            says: explanation,
            ...(source === undefined ? {} : { place: `${source.file}:${source.line}` }),
          },
        ],
  );
}

function whoWords({ actor, automatic }: ReleaseView): string {
  return automatic ? `automation, by the rule ${actor.name},` : actor.name;
}

/** Whether it came into the config repo; before that nothing was done. */
function reached({ commit, committedAt, state }: ReleaseView): boolean {
  return commit !== undefined || committedAt !== undefined || ['committed', 'applied', 'healthy'].includes(state);
}

const outcomes: Readonly<Record<ReleaseView['state'], string>> = {
  requested: ', which is on its way',
  queued: ', which is on its way',
  denied: ' and was refused',
  waiting: ', which waits',
  cancelled: ', which was cancelled',
  superseded: ', which gave way to something newer',
  failed: ', which failed in the cluster',
  committed: '',
  applied: '',
  'rolling-out': '',
  healthy: '',
};

function outcomeWords(release: ReleaseView): string {
  const { state, rolledBackBy } = release;
  // What was watched no longer since something newer came was there all the same.
  if (state === 'superseded' && reached(release)) return '';
  return `${outcomes[state]}${rolledBackBy === undefined || state === 'superseded' ? '' : ', which was rolled back later'}`;
}
