/** Who the manager is to Slack. */
export interface SlackAuth {
  /** A bot token, `xoxb-…`. */
  readonly token: string;
}
