/** Two 32-bit hashes of a text, in place: nothing is allocated for each call. */
export interface Hash {
  high: number
  low: number
}

/**
 * Two FNV-1a style streams with different multipliers, each finished by MurmurHash3's mixer, without which texts that
 * differ in their last letter only would be neighbours. The same in every process, or two clients would send one key to
 * two endpoints. Not proof against keys that are chosen to collide: the bound on load is.
 */
export function hashText(text: string, into: Hash): Hash {
  let high = 0x811c9dc5
  let low = 0x2f0b4c47
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    high = Math.imul(high ^ unit, 0x01000193)
    low = Math.imul(low ^ unit, 0x5bd1e995)
  }
  into.high = mixed(high ^ text.length)
  into.low = mixed(low ^ into.high)
  return into
}

/** MurmurHash3's finaliser (A. Appleby, public domain): every bit of the input moves half of those of the result. */
function mixed(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
