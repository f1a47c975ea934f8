export { testDatabase, type TestDatabase, type TestDatabaseOptions } from './database.ts';
export {
  startGitServer,
  type GitFault,
  type GitServer,
  type GitServerOptions,
  type GitServerRequest,
} from './git-server.ts';
export { sshServerIsInstalled, startSshServer, type SshServer } from './ssh-server.ts';
export {
  startFakeGithub,
  type FakeGithub,
  type FakeGithubRequest,
  type FakeRepository,
  type GithubFault,
} from './github/index.ts';
export {
  FakeApiServer,
  type KubeFault,
  type KubeObject,
  type KubeRequest,
  type KubeResource,
  PodPlayer,
  type PodBehaviour,
  type PodPlayerOptions,
} from './kubernetes/index.ts';
