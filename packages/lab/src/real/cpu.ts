import { cpus } from 'node:os'

interface Times {
  readonly busy: number
  readonly total: number
}

function read(): Times {
  let busy = 0
  let total = 0
  for (const { times } of cpus()) {
    const sum = times.user + times.nice + times.sys + times.idle + times.irq
    total += sum
    busy += sum - times.idle
  }
  return { busy, total }
}

/** Share of the whole machine that was busy between the two calls, whoever kept it so. */
export function measureCpu(): () => number {
  const before = read()
  return () => {
    const after = read()
    return after.total === before.total ? 0 : (after.busy - before.busy) / (after.total - before.total)
  }
}
