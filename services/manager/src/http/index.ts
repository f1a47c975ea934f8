export type {
  Handler,
  Handlers,
  OperationRequest,
  PublicHandler,
  Routes,
  StreamedEvent,
  StreamHandler,
} from './handler.ts';
export { callerOf, type Authenticate, type Principal } from './principal.ts';
