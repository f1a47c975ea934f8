/** A user that /etc/passwd names. */
export interface NamedUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Under which account the server can run, and how to get there from ours. */
export interface Account {
  /** Owner that its files need, as seen from outside. */
  readonly uid: number;
  readonly gid: number;
  /** For messages. */
  readonly description: string;
  /** What stands in front of the command. */
  readonly prefix: readonly string[];
}

/** What the choice depends on. */
export interface Surroundings {
  readonly uid: number;
  readonly gid: number;
  readonly users: readonly NamedUser[];
  /** Owner of the data that is there already. */
  readonly dataOwner: number | undefined;
  /** A passwd file of ours with one user of id 1000, for machines that name root alone. */
  readonly privatePasswd: string;
}

/**
 * The ways to run Postgres, best first; whoever asks tries them in this order. Postgres refuses to run as root, and initdb
 * wants its user id to have a name.
 *
 * - A normal user with a name: as it is.
 * - Root: in a user namespace in which root's files belong to another id, so nothing changes hands, no user is needed and a
 *   home folder that only root may enter is no obstacle.
 * - Root where user namespaces are forbidden (most containers): as another user, with the one capability that lets it pass
 *   folders it may not enter. Without that the next start could not even look at the data which this one left.
 */
export function possibleAccounts(here: Surroundings): Account[] {
  if (here.uid !== 0) {
    const named = here.users.some((user) => user.uid === here.uid);
    return [...(named ? [asWeAre(here)] : []), namespaced(here)];
  }
  if (here.dataOwner !== undefined && here.dataOwner !== 0) return [asOther(ownerOfData(here, here.dataOwner))];
  const others = preferredUsers(here.users);
  return [namespaced(here), ...others.map(asOther)];
}

/** Reads the lines of /etc/passwd. */
export function parsePasswd(text: string): NamedUser[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = ''] = line.split(':');
    return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

function asWeAre(here: Surroundings): Account {
  return { uid: here.uid, gid: here.gid, description: 'as this user', prefix: [] };
}

function namespaced(here: Surroundings): Account {
  const inside = here.users.find((user) => user.uid !== 0);
  const enter = (uid: number): string[] => ['unshare', '--user', `--map-user=${uid}`, `--map-group=${uid}`, '--'];
  const prefix =
    inside === undefined ? [...withPrivatePasswd(here.privatePasswd), ...enter(privateUid)] : enter(inside.uid);
  return { uid: here.uid, gid: here.gid, description: 'in a user namespace', prefix };
}

/** The id that `privatePasswd` names. */
export const privateUid = 1000;

/** Puts our passwd file over the system's, seen by this one process tree only. */
function withPrivatePasswd(file: string): string[] {
  const script = 'mount --bind "$0" /etc/passwd && exec "$@"';
  return ['unshare', '--user', '--map-root-user', '--mount', '--', 'sh', '-c', script, file];
}

function asOther(user: NamedUser): Account {
  const change = ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  const passage = ['--inh-caps', '--ambient-caps', '--bounding-set'].map((set) => `${set}=-all,+dac_override`);
  return { uid: user.uid, gid: user.gid, description: `as user ${user.name}`, prefix: [...change, ...passage, '--'] };
}

/** A service's own user before a general one; people's accounts are left alone. */
function preferredUsers(users: readonly NamedUser[]): NamedUser[] {
  return ['postgres', 'nobody'].flatMap((name) => users.find((user) => user.name === name && user.uid !== 0) ?? []);
}

function ownerOfData(here: Surroundings, uid: number): NamedUser {
  return here.users.find((user) => user.uid === uid) ?? { name: String(uid), uid, gid: uid };
}
