import type { ConfigSnapshot, RoutingWorld } from '@release-manager/config-repo';
import { AppError } from '@release-manager/domain';

type Files = Pick<ConfigSnapshot, 'commit' | 'environments' | 'notifications'>;

/**
 * Where news go by the files of the config repo, and by what they said last while `release-manager.yaml` cannot be read: a slip
 * of the pen must not send prod's news to another channel. Before anything was read nobody knows, and the record waits.
 * @throws AppError unavailable `slack.config-repo`
 */
export function createRouting(snapshot: () => Files, teams: () => RoutingWorld['teams']): () => RoutingWorld {
  let last: Omit<RoutingWorld, 'teams'> | undefined;
  return () => {
    const { commit, environments, notifications } = snapshot();
    if (commit === '') {
      throw new AppError('unavailable', 'slack.config-repo', 'The config repo was not read yet.', {
        next: 'Nothing has to be done: what is to be told waits until it is.',
      });
    }
    // A file without any environment is one that cannot be read: nothing can be released with it.
    if (environments.length > 0 || last === undefined) last = { environments, notifications };
    return { ...last, teams: teams() };
  };
}
