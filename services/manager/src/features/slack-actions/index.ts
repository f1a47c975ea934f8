export { createResponder } from './respond.ts';
export { createSlackWebhook } from './slack-webhook.ts';
