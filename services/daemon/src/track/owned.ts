/** The objects that are ours, by uid, with the service they belong to (empty where they say none). */
export class Owned {
  readonly #services = new Map<string, string>();
  readonly #names = new Map<string, string>();
  #onAdded: (uid: string, service: string) => void = () => undefined;

  /** Called for each object that was not there before. */
  set onAdded(listener: (uid: string, service: string) => void) {
    this.#onAdded = listener;
  }

  add(uid: string, service: string): void {
    if (this.#services.has(uid)) return;
    // One string for all objects of a service, and not one for each.
    const name = this.#names.get(service) ?? service;
    this.#names.set(name, name);
    this.#services.set(uid, name);
    this.#onAdded(uid, name);
  }

  delete(uid: string): void {
    this.#services.delete(uid);
  }

  serviceOf(uid: string): string | undefined {
    return this.#services.get(uid);
  }
}
