export type { CheckConclusion, CheckContent, CheckRun, CheckRuns, CommitStatus, CommitStatuses } from './check-run.ts';
export type { CommitComparison, Contents } from './contents.ts';
export { createGithub, type GithubOptions } from './create-github.ts';
export type {
  Deployment,
  Deployments,
  DeploymentState,
  DeploymentStatus,
  NewDeployment,
  NewDeploymentStatus,
} from './deployment.ts';
export type { GithubApi, GithubSelf } from './github-api.ts';
export type { GithubRepository } from './github-repository.ts';
export type { Github, GithubAccess, GithubAuth, Reachability, SourceClaim } from './github.ts';
export { maxCommentLength, type IssueComment, type IssueComments, type Reaction } from './issue-comment.ts';
export type { Label, Labels } from './label.ts';
export { fenceMarkdown, neutraliseMarkdown } from './markdown.ts';
export type { Bounded, ChangedFile, PullRequest, PullRequests } from './pull-request.ts';
