import { createHmac, randomBytes } from 'node:crypto';

import type { ObjectHead } from './manifest-object.ts';
import { isList, isMapping } from './normal-form.ts';
import { isEncrypted } from './sops.ts';
import type { YamlMapping, YamlValue } from './yaml-tree.ts';

/** What `kubectl apply` leaves behind: the whole object again, the values of a Secret too. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
const secretName = /(?:password|passwd|pwd|secret|token|api_?key|access_?key|private_?key|credentials?)$/i;
const urlPassword = /(?<=:\/\/[^\s:@/]{0,200}:)[^\s@/]{1,500}(?=@)/g;
const privateKey = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g;

/**
 * Puts a tag in the place of what must not be read: values of Secrets, environment variables named like one, passwords in
 * URLs, private keys. Equal values get equal tags within one instance; the key of the tags is random and never leaves it, so
 * that nobody can try values against a tag. Values that SOPS encrypted stay.
 */
export class SecretMask {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array = randomBytes(32)) {
    this.#key = key;
  }

  apply(value: YamlValue, head: Pick<ObjectHead, 'apiGroup' | 'kind'>): YamlValue {
    const isSecret = head.apiGroup === '' && head.kind === 'Secret';
    if (!isSecret || !isMapping(value)) return this.#walk(value);
    const entries = [...value].map(([key, item]): [string, YamlValue] => {
      if (key === 'data') return [key, this.#values(item, 'base64')];
      return [key, key === 'stringData' ? this.#values(item, 'utf8') : this.#walk(item)];
    });
    return new Map(entries);
  }

  #values(value: YamlValue, encoding: 'base64' | 'utf8'): YamlValue {
    if (value === null) return null;
    if (!isMapping(value)) return this.#tag(plain(value), 'utf8');
    return new Map([...value].map(([key, item]): [string, YamlValue] => [key, this.#value(item, encoding)]));
  }

  #value(value: YamlValue, encoding: 'base64' | 'utf8'): YamlValue {
    if (value === null || (typeof value === 'string' && isEncrypted(value))) return value;
    return typeof value === 'string' ? this.#tag(value, encoding) : this.#tag(plain(value), 'utf8');
  }

  #walk(value: YamlValue): YamlValue {
    if (typeof value === 'string') return this.#text(value);
    if (isList(value)) return value.map((item) => this.#walk(item));
    if (!isMapping(value)) return value;
    const isSecretVariable = isNamedLikeSecret(value);
    return new Map(
      [...value].map(([key, item]): [string, YamlValue] => {
        const isMasked = key === lastApplied || (isSecretVariable && key === 'value');
        return [key, isMasked ? this.#value(item, 'utf8') : this.#walk(item)];
      }),
    );
  }

  #text(text: string): string {
    return text
      .replaceAll(privateKey, (found) => this.#tag(found, 'utf8'))
      .replaceAll(urlPassword, (found) => this.#tag(found, 'utf8'));
  }

  #tag(text: string, encoding: 'base64' | 'utf8'): string {
    const hex = createHmac('sha256', this.#key).update(Buffer.from(text, encoding)).digest('hex');
    return `(masked, hmac ${hex.slice(0, 8)})`;
  }
}

/** An environment variable, `{ name, value }`, as containers have them. */
function isNamedLikeSecret(value: YamlMapping): boolean {
  const name = value.get('name');
  return typeof name === 'string' && secretName.test(name);
}

function plain(value: YamlValue): string {
  return JSON.stringify(value, (_key, item: unknown) => (item instanceof Map ? [...item] : item));
}
