const slabBytes = 256 * 1024;

/**
 * Bytes appended one after the other, copied into large slabs. Keeping the small results of zlib themselves would keep the
 * whole buffer that each was cut from: 2 GB after five thousand commits.
 */
export class GrowingBuffer {
  readonly #full: Buffer[] = [];
  #slab = Buffer.allocUnsafeSlow(slabBytes);
  #used = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(bytes: Buffer): void {
    let done = 0;
    while (done < bytes.length) {
      if (this.#used === slabBytes) this.#nextSlab();
      const copied = bytes.copy(this.#slab, this.#used, done);
      this.#used += copied;
      done += copied;
    }
    this.#length += bytes.length;
  }

  /** Everything so far, in order; not to be changed. */
  chunks(): Buffer[] {
    return [...this.#full, this.#slab.subarray(0, this.#used)];
  }

  #nextSlab(): void {
    this.#full.push(this.#slab);
    this.#slab = Buffer.allocUnsafeSlow(slabBytes);
    this.#used = 0;
  }
}
