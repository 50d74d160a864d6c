import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'

// What a bare server answers without an exception, be it late, is answered under admission too.

let child: ChildProcess | undefined
const agent = new Agent({ keepAlive: true })

afterEach(() => {
  child?.disconnect()
})

async function serve(held = 0): Promise<(query: string) => Promise<number>> {
  child = fork(new URL('./waiting-process.ts', import.meta.url), [String(held)], { execArgv: ['--conditions=@inmesh/source'] })
  const [port] = (await once(child, 'message')) as [number]
  return (query) =>
    new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, path: `/?${query}`, agent }, (res) => {
        res.resume()
        res.once('end', () => resolve(res.statusCode ?? 0))
      }).once('error', reject)
    })
}

/** Open loop: so many a second, for so long, whatever becomes of them. */
async function come(rate: number, millis: number, send: () => Promise<number>): Promise<number[]> {
  const sent: Promise<number>[] = []
  for (const start = performance.now(); performance.now() - start < millis; await wait(2)) {
    while (sent.length < ((performance.now() - start) * rate) / 1_000) sent.push(send())
  }
  return Promise.all(sent)
}

function refused(statuses: readonly number[]): number {
  return statuses.filter((status) => status !== 200).length
}

/** It may find out what it is, by letting fewer begin for a quarter of a second. */
const aMoment = 0.1

describe('a server that waits for others refuses nobody', { timeout: 60_000 }, () => {
  it('of a cold start with far more in hand than its first limit', async () => {
    const send = await serve()
    const statuses = await come(800, 1_500, () => send('wait=200'))
    expect(statuses.length).toBeGreaterThan(1_000)
    expect(refused(statuses)).toBe(0)
  })

  it('of a step to thirty times as many', async () => {
    const send = await serve()
    await come(30, 1_000, () => send('wait=50'))
    expect(refused(await come(900, 1_000, () => send('wait=50')))).toBe(0)
  })

  it('while a job beside them holds up the event loop for 50 ms at a time', async () => {
    const send = await serve(50)
    const statuses = await come(60, 3_000, () => send('wait=100'))
    expect(statuses.length).toBeGreaterThan(150)
    expect(refused(statuses)).toBe(0)
  })

  it('for more than a moment though what they wait for has become five times as slow', async () => {
    const send = await serve()
    expect(refused(await come(300, 2_000, () => send('wait=20')))).toBe(0)
    const statuses = await come(300, 2_000, () => send('wait=100'))
    expect(refused(statuses) / statuses.length).toBeLessThan(aMoment)
  })

  it('of hundreds of connections beside such a job, with more in hand than its first limit', async () => {
    const send = await serve(50)
    await Promise.all(Array.from({ length: 100 }, () => send('wait=300')))
    const statuses = await come(200, 3_000, () => send('wait=200'))
    expect(refused(statuses)).toBe(0)
  })

  it('of hundreds that came during one pause of the loop', async () => {
    const send = await serve()
    await Promise.all(Array.from({ length: 300 }, () => send('')))
    const long = send('burn=100')
    await wait(5)
    expect(refused(await Promise.all([long, ...Array.from({ length: 400 }, () => send(''))]))).toBe(0)
  })
})

it('a server whose handlers wait and then compute is not let off for that: at twice what it can do its answers are in time', { timeout: 60_000 }, async () => {
  const send = await serve()
  const took: number[] = []
  const statuses = await come(200, 4_000, async () => {
    const began = performance.now()
    const status = await send('wait=5&burn=10')
    if (status === 200) took.push(performance.now() - began)
    return status
  })
  const inTime = took.filter((ms) => ms < 500).length
  // It can answer a hundred a second. A bare one falls further behind with each: in six seconds less than half came in time.
  expect(inTime).toBeGreaterThan(200)
  expect(inTime / took.length).toBeGreaterThan(0.75)
  expect(refused(statuses)).toBeGreaterThan(200)
})
