import { utilizations } from './capacity.ts'
import type { Load } from './load.ts'
import type { Scenario } from './scenario.ts'

/** What no client could do anything about: such a scenario is run all the same, and its report says what it is. */
export function impossibilities({ services, load }: Scenario): string[] {
  const busy = utilizations(services, load.classes)
  return Object.entries(busy).flatMap(([name, atOne]) => {
    if (services[name]?.replicas === 0)
      return [`${name} has no replicas at the start: nobody can answer until some join`]
    const times = atOne * topRate(load)
    if (times <= 1) return []
    const size = times === Infinity ? 'no end of' : `${Number(times.toFixed(2))} ×`
    return [`at its highest the load is ${size} what ${name} can serve: what waits grows as long as that lasts`]
  })
}

/** A closed loop waits: it never offers more than is served. */
function topRate(load: Load): number {
  switch (load.arrivals) {
    case 'closed':
      return 0
    case 'ramp':
      return Math.max(load.rate, load.to)
    case 'spike':
      return Math.max(load.rate, load.peak)
    default:
      return load.rate
  }
}
