import { createHmac, randomUUID } from 'node:crypto';

/** What `@octokit/webhooks-examples` holds: real payloads by the name of the event. */
export type WebhookExamples = readonly {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}[];

export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
  readonly examples: WebhookExamples;
}

/** One sending, as GitHub lists it. */
export interface WebhookDelivery {
  /** `X-GitHub-Delivery`; the same when it is sent again. */
  readonly id: string;
  readonly event: string;
  readonly body: string;
  /** Undefined: it was lost, or nobody answered. */
  readonly status: number | undefined;
}

export interface FakeWebhooks {
  /** From now on events go there; nowhere when undefined. */
  to(target: WebhookTarget | undefined): void;
  /** Events are made and not sent, as in an outage: GitHub does not send them again by itself. */
  isLosing: boolean;
  /** Oldest first. */
  readonly deliveries: readonly WebhookDelivery[];
  /** As the button in GitHub's settings does. */
  redeliver(id: string): Promise<WebhookDelivery>;
  /** Sends an event made of the first example that fits, with these fields put over its own. */
  send(event: string, fits: ExampleFilter, fields: Readonly<Record<string, unknown>>): Promise<void>;
}

type ExampleFilter = (example: Readonly<Record<string, unknown>>) => boolean;

/** GitHub waits ten seconds for an answer. */
const patienceMs = 10_000;

export function makeWebhooks(): FakeWebhooks {
  let target: WebhookTarget | undefined;
  const deliveries: WebhookDelivery[] = [];

  const post = async (sent: Pick<WebhookDelivery, 'id' | 'event' | 'body'>): Promise<WebhookDelivery> => {
    const status = target === undefined || webhooks.isLosing ? undefined : await answerOf(target, sent);
    const delivery = { ...sent, status };
    deliveries.push(delivery);
    return delivery;
  };

  const webhooks: FakeWebhooks = {
    to(next) {
      target = next;
    },
    isLosing: false,
    deliveries,
    redeliver(id) {
      const sent = deliveries.find((delivery) => delivery.id === id);
      if (sent === undefined) throw new Error(`no delivery ${id}`);
      return post(sent);
    },
    async send(event, fits, fields) {
      if (target === undefined) return;
      const examples = target.examples.find(({ name }) => name === event)?.examples ?? [];
      const example = examples.find(fits);
      if (example === undefined) throw new Error(`there is no example of ${event} that fits`);
      await post({ id: randomUUID(), event, body: JSON.stringify(putOver(example, fields)) });
    },
  };
  return webhooks;
}

async function answerOf(
  { url, secret }: WebhookTarget,
  { id, event, body }: Pick<WebhookDelivery, 'id' | 'event' | 'body'>,
): Promise<number | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'GitHub-Hookshot/044aadd',
        'x-github-event': event,
        'x-github-delivery': id,
        'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      },
      body,
      signal: AbortSignal.timeout(patienceMs),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}

/** Objects are joined, everything else is replaced. */
function putOver(example: unknown, fields: unknown): unknown {
  if (!isObject(example) || !isObject(fields)) return fields;
  const joined: Record<string, unknown> = { ...example };
  for (const [name, value] of Object.entries(fields)) joined[name] = putOver(example[name], value);
  return joined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
