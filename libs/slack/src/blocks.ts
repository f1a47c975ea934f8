/** The parts of Block Kit that we write. Their shapes are checked against Slack's own types where a message is sent. */
export interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  /** Whether `:names:` of emoji become pictures. */
  readonly emoji?: boolean;
}

export interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
  /** True: Slack makes no links and mentions of its own out of the text. */
  readonly verbatim?: boolean;
}

export interface Button {
  readonly type: 'button';
  readonly text: PlainText;
  readonly action_id: string;
  readonly value?: string;
  readonly url?: string;
  readonly style?: 'primary' | 'danger';
  readonly confirm?: {
    readonly title: PlainText;
    readonly text: PlainText;
    readonly confirm: PlainText;
    readonly deny: PlainText;
  };
}

/** Text as it is, in a fixed width: Slack reads no markup in it. */
export interface Preformatted {
  readonly type: 'rich_text';
  readonly block_id?: string;
  readonly elements: readonly [
    {
      readonly type: 'rich_text_preformatted';
      readonly elements: readonly [{ readonly type: 'text'; readonly text: string }];
    },
  ];
}

export type SlackBlock =
  | { readonly type: 'header'; readonly text: PlainText; readonly block_id?: string }
  | { readonly type: 'section'; readonly text: Mrkdwn | PlainText; readonly block_id?: string }
  | { readonly type: 'context'; readonly elements: readonly (Mrkdwn | PlainText)[]; readonly block_id?: string }
  | { readonly type: 'actions'; readonly elements: readonly Button[]; readonly block_id?: string }
  | { readonly type: 'divider'; readonly block_id?: string }
  | Preformatted;
