export { createGithub, type GithubOptions } from './create-github.ts';
export type { Github, GithubAccess, GithubAuth, Reachability, SourceClaim } from './github.ts';
