import { expect, test } from 'vitest'
import { setTimeout as pause } from 'node:timers/promises'
import { constants } from 'node:http2'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { pendingTimers } from '@inmesh/pipeline'
import { answerOf, eventually, readAll, replica, type CatalogClient } from './catalog.ts'
import { answer, framed, rawServer, trailersOnly } from './raw-server.ts'
import { retrying, rig } from './rig.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** 10,000 in all, of every kind that goes wrong, on one client. */
test('after ten thousand calls to servers that are not well nothing is in flight, no timer waits, and the heap is flat', { timeout: 60_000 }, async () => {
  const bad = await rawServer((stream, _session, count) => {
    // Few that hang: their resets wait for their turn, and until then their streams are open.
    if (count % 60 === 0) return
    switch (count % 5) {
      case 0: return stream.close(constants.NGHTTP2_INTERNAL_ERROR)
      case 1: return stream.close(constants.NGHTTP2_REFUSED_STREAM)
      case 2: return trailersOnly(stream, 14, { 'grpc-retry-pushback-ms': 'soon' })
      case 3: return answer(stream, 'odd', { 'grpc-status': '0', 'grpc-status-details-bin': '%%' })
      default:
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
        stream.write(framed('a'))
        setTimeout(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR), 1)
    }
  })
  const good = await replica()
  const { client, inFlight, events } = rig([bad, good], { policy: { ...retrying, timeout: '40ms' } })
  const heap = async (): Promise<number> => {
    await pause(100)
    // What the test itself keeps.
    events.length = bad.streams.length = good.seen.length = 0
    collect()
    collect()
    return process.memoryUsage().heapUsed
  }
  await calls(client, 2000)
  const before = await heap()
  const timers = pendingTimers()
  await calls(client, 8000)
  await eventually('nothing is in flight', () => inFlight() === 0)
  // Housekeeping has one now and then, whatever was called; what calls left behind would be thousands, and stay.
  await eventually('no timer waits', () => pendingTimers() <= timers + 1)
  // What is on its way out of a busy process may take a moment more; what is kept is kept.
  const after = Math.min(await heap(), await heap(), await heap())
  expect(inFlight()).toBe(0)
  // 8,000 calls that left 500 bytes each behind would be 4 MB.
  expect(after - before).toBeLessThan(4_000_000)
})

async function calls(client: CatalogClient, count: number): Promise<void> {
  for (let done = 0; done < count; done += 100) {
    await Promise.all(Array.from({ length: 25 }, () => [
      answerOf((told) => client.get('tea', told)),
      answerOf((told) => client.put('tea', told)),
      readAll(client.list('a b')),
      answerOf((told) => { const call = client.sum(told); call.write('x'); call.end('y') }),
    ]).flat())
  }
}
