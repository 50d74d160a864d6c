/**
 * Used as `charCodeAt.call(key, i)`. Once a process has a class that extends `String`, as each of Redis's clients does, V8 looks
 * methods of texts up for each call: `key.charCodeAt(i)` took six times as long, and a whole decision four times. A constant of the
 * module that uses it: of one that is imported the compiler does not know that it stays the same.
 */
const { charCodeAt } = String.prototype

/** MurmurHash3 (x86, 32 bits; Austin Appleby) of a text, two UTF-16 units at a time. */
export function keyHash(key: string, seed: number): number {
  const { length } = key
  let h = seed
  let i = 0
  for (; i + 1 < length; i += 2) h = mixed(h, charCodeAt.call(key, i) | (charCodeAt.call(key, i + 1) << 16))
  if (i < length) h = mixed(h, charCodeAt.call(key, i))
  h ^= length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function mixed(h: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
  const x = h ^ k
  return (Math.imul((x << 13) | (x >>> 19), 5) + 0xe6546b64) | 0
}
