/** A message that was received and that nobody else is given until its time is over. */
export interface ReceivedMessage {
  /** The same for every delivery of the message. */
  readonly id: string;
  readonly body: string;
  /** What removes this delivery; another one for each delivery. */
  readonly receipt: string;
}

/**
 * A queue that delivers at least once and in any order: a message may come twice, late, or after one that was sent later. Both
 * methods throw AppError unavailable `queue.unavailable` (try again) or `queue.refused` (the queue refuses our credentials).
 */
export interface MessageQueue {
  /** For people and without secrets. */
  readonly description: string;

  /**
   * Waits up to 20 s for messages and takes at most 10. Each is hidden from everybody for half a minute and delivered again unless
   * it was removed by then. An abort ends the waiting with no messages.
   */
  receive(signal: AbortSignal): Promise<readonly ReceivedMessage[]>;

  /** Messages that were dealt with. One that is not removed after all, or was removed before, is no error: it comes again. */
  remove(messages: readonly ReceivedMessage[]): Promise<void>;

  /** About how many messages wait to be received. For people who look after the queue. */
  waiting(): Promise<number>;
}
