// database: three policies around one client that is not HTTP. `limit` bounds calls, `retry` and `backup` share one plan.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { backup, composeWith, explain, limit, retry } from '@inmesh/pipeline'
import { recorder } from '@inmesh/testing'

/** What a pool of some database driver looks like: now and then it is slow, now and then it drops a connection. */
class Pool {
  queries = 0
  aborted = 0

  async query(sql: string, { signal }: { signal: AbortSignal }): Promise<string> {
    const query = ++this.queries
    if (query === 3) throw Object.assign(new Error('connection terminated'), { code: 'ECONNRESET' })
    try {
      await sleep(query === 20 ? 2_000 : 3, undefined, { signal })
    } catch (error) {
      this.aborted++
      throw error
    }
    return `rows of "${sql}"`
  }
}

const pool = new Pool()
const events = recorder()
const reads = composeWith({ name: 'db', observe: events }, [
  limit({ rate: 1_000, burst: 100 }),
  retry(),
  backup({ after: '30ms', maxExtraLoad: 0.1 }),   // a fixed delay, since an example has no time to learn one
])
console.log('steps:', reads.describe().map(({ name }) => name).join(' → '))

// `repeat: 'always'`: reads are harmless twice. Without it nothing would be repeated.
const query = reads.wrap((context, sql: string) => pool.query(sql, { signal: context.signal }), { operation: 'read', repeat: 'always' })

const started = performance.now()
for (let i = 0; i < 40; i++) await query(`select ${i}`)
const took = performance.now() - started

console.log(`40 reads in ${Math.round(took)} ms: ${events.of('retried').length} retried, ${events.of('backed-up').length} backed up, ${pool.aborted} loser cancelled`)
assert.equal(events.of('retried').length, 1, 'the dropped connection')
assert.equal(events.of('backed-up').length, 1, 'the slow query')
assert.equal(pool.aborted, 1, 'the slow query was told to stop')
assert.ok(took < 1_500, 'nobody waited the two seconds')

// Over the rate, a call is refused before it costs anything.
const writes = composeWith({ name: 'db' }, [limit({ rate: 1, burst: 2 })]).wrap(async (_context, row: number) => row, { operation: 'write' })
const outcomes = await Promise.allSettled([writes(1), writes(2), writes(3)])
const refused = outcomes.find((outcome) => outcome.status === 'rejected')
console.log(`third write: ${explain(refused?.reason)?.message}`)
assert.deepEqual(outcomes.map(({ status }) => status), ['fulfilled', 'fulfilled', 'rejected'])
assert.equal(explain(refused?.reason)?.code, 'INMESH_RATE_LIMITED')
