// One measurement in a process of its own: what another has taught the compiler does not help or hinder it.
import { runVirtual } from '@inmesh/lab'
import { world } from './world.ts'
import type { Asked, Measured } from './messages.ts'

function measure({ clients, servers, calls, pipeline }: Asked): Measured {
  const scenario = world(clients, servers, calls)
  const [contender] = scenario.contenders
  if (contender === undefined) throw new Error('bench: a world without a contender')
  const before = process.cpuUsage()
  const { result, virtual } = runVirtual(scenario, contender, 1, {}, { pipeline })
  const { user, system } = process.cpuUsage(before)
  if (virtual?.bound !== undefined) throw new Error(`bench: a run ended at its bound on ${virtual.bound}`)
  return {
    tries: result.tries.at.length,
    cpuSeconds: (user + system) / 1e6,
    // Kibibytes on every system, as Node has it.
    peakBytes: process.resourceUsage().maxRSS * 1_024,
  }
}

process.on('message', (asked: Asked) => {
  process.send?.(Array.from({ length: asked.runs }, () => measure(asked)))
})
