import type { LedgerReaction, Urgency } from '../deliveries/index.ts';
import type { LedgerRow } from '../ledger/index.ts';
import { PullRequestStore } from './pull-request-store.ts';
import { TargetStore } from './target-store.ts';
import { wantComment } from './want-comment.ts';

/** What an entry means to comments. */
interface Concern {
  /** Open ones hear of it too: what stands in the way, or what their head was built to, has changed. */
  readonly open: boolean;
  readonly urgency: Urgency;
}

/** Ends of releases, which are never left out. */
const finalStates: ReadonlySet<string> = new Set(['healthy', 'failed', 'denied', 'cancelled', 'superseded']);

/** Hears the record, and has the comments looked at whose pull requests an entry concerns. */
export function createCommentReaction(now: () => Date): LedgerReaction {
  return {
    name: 'github.comment',
    async react(tx, entries) {
      const wanted = new Map<string, { place: { repository: string; number: number }; urgency: Urgency }>();
      const targets = new TargetStore(tx);
      for (const group of grouped(entries)) {
        for (const place of await targets.concerned(group)) add(wanted, place, group.urgency);
      }
      for (const artifactId of builtArtifacts(entries))
        for (const { repository, number } of await new PullRequestStore(tx).openWithArtifact(artifactId))
          add(wanted, { repository, number }, 'normal');
      const at = now();
      for (const { place, urgency } of wanted.values()) await wantComment(tx, place, urgency, at);
    },
  };
}

type Wanted = Map<string, { place: { repository: string; number: number }; urgency: Urgency }>;

const rank: Readonly<Record<Urgency, number>> = { final: 0, normal: 1, intermediate: 2 };

function add(wanted: Wanted, place: { repository: string; number: number }, urgency: Urgency): void {
  const key = `${place.repository}#${place.number}`;
  const before = wanted.get(key);
  if (before === undefined || rank[urgency] < rank[before.urgency]) wanted.set(key, { place, urgency });
}

/** Entries of one meaning are asked for together. */
function grouped(entries: readonly LedgerRow[]) {
  const groups = new Map<string, Concern & { services: string[]; releases: string[]; mergedOnly: boolean }>();
  for (const entry of entries) {
    const concern = concernOf(entry);
    if (concern === undefined || entry.service === null) continue;
    const key = `${concern.urgency} ${concern.open}`;
    const group = groups.get(key) ?? { ...concern, services: [], releases: [], mergedOnly: !concern.open };
    group.services.push(entry.service);
    if (entry.release_id !== null) group.releases.push(entry.release_id);
    groups.set(key, group);
  }
  return groups.values();
}

function concernOf({ kind, to_state: to }: LedgerRow): Concern | undefined {
  const [noun = ''] = kind.split('.');
  switch (noun) {
    case 'hold':
    case 'quarantine':
      return { open: true, urgency: 'normal' };
    case 'release':
      return { open: false, urgency: to !== null && finalStates.has(to) ? 'final' : 'intermediate' };
    case 'incident':
    case 'rollback':
      return { open: false, urgency: 'final' };
    case 'artifact':
      return kind === 'artifact.ready' || kind === 'artifact.rejected' ? { open: false, urgency: 'normal' } : undefined;
    default:
      return undefined;
  }
}

/** Artifacts that can be compared now, which open pull requests wait for. */
function builtArtifacts(entries: readonly LedgerRow[]): readonly string[] {
  const ids = entries.flatMap(({ kind, artifact_id: id }) =>
    (kind === 'artifact.ready' || kind === 'artifact.rejected') && id !== null ? [id] : [],
  );
  return [...new Set(ids)];
}
