import type { Millis } from '../types.ts'

/** How much one process takes at a time, in tokens. */
export interface LeaseSizes {
  /** Most that it asks for at once, ≥ 1. */
  readonly chunk: number
  /** It asks again when it holds no more than this. */
  readonly mark: number
  /** What it may spend before it is granted anything, on a key that nothing speaks against, ≥ 1. */
  readonly credit: number
}

/**
 * Three quarters of what is its own in one `refresh`: then chunk, mark and credit are together at most 1.5 times that, which is
 * what the bound says. (Two thirds rounded, which looks the same, is up to 4 where 3.4 are allowed.) Below two tokens all
 * that is left is one at a time, and one on credit: `max(2, 1.5 · share · R · T)` in each process.
 */
export function leaseSizes(share: number, interval: Millis, burst: number, refresh: Millis): LeaseSizes {
  const own = (share * refresh) / interval
  const chunk = Math.max(1, Math.min(Math.floor(own * 0.75), Math.floor(burst)))
  const half = Math.floor(chunk / 2)
  return { chunk, mark: half, credit: Math.max(1, half) }
}
