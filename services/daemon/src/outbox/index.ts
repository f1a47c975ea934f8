export { lockFolder } from './folder-lock.ts';
export { Outbox, type OutboxOptions } from './outbox.ts';
