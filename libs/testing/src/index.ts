export { testDatabase, type TestDatabase, type TestDatabaseOptions } from './database.ts';
export {
  startGitServer,
  type GitFault,
  type GitServer,
  type GitServerOptions,
  type GitServerRequest,
} from './git-server.ts';
export { sshServerIsInstalled, startSshServer, type SshServer } from './ssh-server.ts';
