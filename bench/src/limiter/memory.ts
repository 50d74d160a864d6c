import { LeaseTable } from '@inmesh/policy'
import type { Row } from '../report/result.ts'
import { keyOf } from './keys.ts'

const KEYS = 1_000_000

/** All that a table with a million keys keeps, the keys' characters with it; each key was called for, and has its answer. */
const empty = retained()
const table = new LeaseTable({ interval: 20, burst: 5, ahead: 2, maxKeys: KEYS })
for (let i = 0; i < KEYS; i++) {
  table.take(keyOf(i), i / 1_000)
  const slot = table.due
  table.ask(slot, i / 1_000)
  table.granted(slot, { tokens: 0, delay: 0, retryAfter: 0, keptFor: 20, lost: false }, i / 1_000)
}
const bytes = retained() - empty
if (table.size !== KEYS) throw new Error('the table is incomplete')
const row: Row = { contender: 'inmesh', metric: 'heap-million-keys', unit: 'bytes', median: bytes, min: bytes, max: bytes, runs: 1 }
process.send?.([row])

/** Typed arrays keep their bytes outside the heap. */
function retained(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
