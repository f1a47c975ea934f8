export { createGithubWebhook, type GithubWebhookDeps } from './github-webhook.ts';
