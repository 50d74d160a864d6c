import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { max, median, min } from 'simple-statistics'
import type { Row } from '../report/result.ts'
import type { HopTold } from './hop-process.ts'

const runs = 50

/**
 * Three hops, a process each, over real sockets: how long after the first one's caller hung up the work on the last one
 * stops.
 */
export async function hangUp(): Promise<Row> {
  const last = await startHop()
  const middle = await startHop(last.origin)
  const edge = await startHop(middle.origin)
  const took: number[] = []
  for (let run = -5; run < runs; run++) {
    const began = once(last.child, 'message')
    const caller = request(edge.origin).on('error', () => {}).end()
    await began
    const stopped = once(last.child, 'message') as Promise<[Extract<HopTold, { stoppedAt: number }>]>
    const left = performance.timeOrigin + performance.now()
    caller.destroy()
    const [{ stoppedAt }] = await stopped
    // The first few find nothing compiled.
    if (run >= 0) took.push((stoppedAt - left) * 1000)
  }
  for (const { child } of [edge, middle, last]) child.disconnect()
  return { contender: 'three hops', metric: 'hang-up-to-last-hop', unit: 'us', median: median(took), min: min(took), max: max(took), runs: took.length }
}

async function startHop(next?: string): Promise<{ readonly child: ChildProcess; readonly origin: string }> {
  const child = fork(new URL('./hop-process.ts', import.meta.url), next === undefined ? [] : [next])
  const [{ port }] = (await once(child, 'message')) as [Extract<HopTold, { port: number }>]
  return { child, origin: `http://127.0.0.1:${port}` }
}
