export { type ChatAnswer } from './chat-answer.ts';
export { type ChatCommand, type ChatPlace, type ParsedCommand } from './chat-command.ts';
export { type ChatRequest } from './chat-request.ts';
export { ChatRequestStore } from './chat-request-store.ts';
export { chatRequestJob, createChatWorker, takeChatRequest, takeChatRequestIn } from './chat-requests.ts';
export { parseCommand } from './parse-command.ts';
