import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { sampleScenario } from '../sample.test-support.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { runReal } from './world.ts'

const scenario = sampleScenario({
  load: { arrivals: 'uniform', rate: 100, duration: '1500ms', classes: [{ method: 'GET', path: '/items/:id' }] },
  contenders: [{ peer: 'inmesh' }]
})

function contenderOf({ contenders }: Scenario): Scenario['contenders'][number] {
  const [contender] = contenders
  if (contender === undefined) throw new Error('no contender')
  return contender
}

async function listening(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, close: async () => void (await once(server.close(), 'close')) }
}

describe('metrics of a run', () => {
  it('are read at the port while it runs, by endpoint, and nobody listens there afterwards', { timeout: 20_000 }, async () => {
    const { port, close } = await listening()
    await close()
    const read = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    let page = ''
    // The last tick may find nobody any more.
    const keep = (): void => void read().then((text) => { page = text }, () => {})
    const { endpoints } = await runReal(scenario, contenderOf(scenario), 1, { tick: keep }, { metrics: port })
    expect(page).toContain('target_info{service_name="lab"} 1')
    const calls = /^inmesh_call_duration_count\{inmesh_service="catalog",inmesh_operation="GET",inmesh_outcome="success".*\} (\d+)$/m.exec(page)?.[1]
    expect(Number(calls)).toBeGreaterThan(50)
    expect([...page.matchAll(/^inmesh_endpoint_count\{.*inmesh_endpoint="http:\/\/127\.0\.0\.1:\d+",inmesh_state="in".*\} 1$/gm)]).toHaveLength(endpoints.length)
    await expect(read()).rejects.toThrow('fetch failed')
  })

  it('need a port that nobody has', { timeout: 20_000 }, async () => {
    const { port, close } = await listening()
    await expect(runReal(scenario, contenderOf(scenario), 1, {}, { metrics: port })).rejects.toThrow('EADDRINUSE')
    await close()
  })
})
