import type { Instant } from '../types.ts'

const GHOSTS = 1024

/**
 * What is left of keys that were forgotten while they mattered: an instant for each of 1 024 hashes, before which a key
 * that comes new does not start afresh. Without it, whoever can invent keys can flush his own out and begin again. What it
 * costs is that a new key of the same hash may wait for what it never used.
 */
export class Ghosts {
  #until: Float64Array | undefined

  bury(key: string, until: Instant): void {
    this.#until ??= new Float64Array(GHOSTS).fill(-Infinity)
    const slot = hash(key) % GHOSTS
    this.#until[slot] = Math.max(this.#until[slot]!, until)
  }

  /** −Infinity where nothing is buried. */
  of(key: string): Instant {
    return this.#until === undefined ? -Infinity : this.#until[hash(key) % GHOSTS]!
  }
}

/** FNV-1a. */
function hash(key: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193)
  return h >>> 0
}
