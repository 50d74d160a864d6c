import { totalmem } from 'node:os'
import { performance } from 'node:perf_hooks'
import { coresOf } from './cores.ts'

/** What of the machine is looked at. Counters only ever grow: who looks twice knows what was between. */
export interface Machine {
  /** Processor time of all threads of this process so far, in ms. */
  cpu(): number
  /** How long this thread's event loop has waited, and has not, in ms. */
  loop(): { readonly idle: number; readonly active: number }
  /** Memory in use, in bytes. */
  rss(): number
  /** Processors that this process may use; may be a part of one. */
  readonly cores: number
  /** Bytes that this process may use. */
  readonly memory: number
}

/** The process that this runs in. Its limits are read once: they change with the container, and the process with it. */
export function nodeMachine(): Machine {
  const constrained = process.constrainedMemory()
  const total = totalmem()
  return {
    cpu: () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1_000
    },
    loop: () => performance.eventLoopUtilization(),
    rss: () => process.memoryUsage.rss(),
    cores: coresOf(),
    // Without a limit some systems say 0 and others 2^64.
    memory: constrained > 0 && constrained < total ? constrained : total,
  }
}
