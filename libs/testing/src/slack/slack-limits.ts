/**
 * What Slack says of the size of a message. Where a figure stands: the doc comments of `@slack/types` (its `Block Kit` files)
 * and docs.slack.dev, "Block Kit reference", "chat.postMessage", "Message metadata", "Rate limits".
 */
export const slackLimits = {
  /** Blocks of one message. */
  blocks: 50,
  blockId: 255,
  sectionText: 3000,
  headerText: 150,
  contextElements: 10,
  actionsElements: 25,
  buttonText: 75,
  buttonValue: 2000,
  buttonUrl: 3000,
  actionId: 255,
  confirmTitle: 100,
  confirmText: 300,
  confirmLabel: 30,
  /** Of `text`; Slack cuts beyond it, which here is refused, since nobody means it. */
  messageText: 40_000,
  /**
   * Of all blocks together. No page names it: measured as about 13,200 characters with their containers (slackapi/bolt-js
   * issues 2509 and 2867), here the length of the JSON.
   */
  allBlocks: 13_200,
  /** Of the JSON of `metadata`. */
  metadata: 8000,
  /** Requests per minute of one app in one workspace, by method tier. */
  tiers: { 2: 20, 3: 50, 4: 100 },
  /** Methods that Slack calls special: hundreds per minute. */
  special: 300,
  /** Messages that one app may post into one channel per second. */
  channelSeconds: 1,
} as const;
