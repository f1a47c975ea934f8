export type { FakeRepository } from './fake-repository.ts';
export { startFakeGithub, type FakeGithub, type FakeGithubRequest, type GithubFault } from './fake-github.ts';
