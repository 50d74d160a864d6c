import { formatDuration } from './duration.ts'
import type { Mistake } from './mistakes.ts'
import { unknownName } from './parts.ts'
import type { Parts } from './parts.ts'
import { lawMistakes } from './service-references.ts'

export function loadMistakes({ load, services }: Parts): Mistake[] {
  if (load === undefined) return []
  return [
    ...load.classes.flatMap(({ service }, at) => unknownName(`load.classes[${at}].service`, service, services)),
    ...shapeMistakes(load)
  ]
}

function shapeMistakes(load: NonNullable<Parts['load']>): Mistake[] {
  switch (load.arrivals) {
    case 'trace': {
      const { instants, file } = load
      if ((instants === undefined) !== (file === undefined)) return []
      return [{ path: 'load', got: file === undefined ? 'no instants' : 'both', accepted: 'one of instants, file' }]
    }
    case 'ramp':
    case 'spike': {
      const end = load.at + (load.for ?? 0)
      if (end <= load.duration) return []
      const accepted = `an end within load.duration (${formatDuration(load.duration)})`
      return [{ path: 'load', got: `a ${load.arrivals} to ${formatDuration(end)}`, accepted }]
    }
    case 'poisson':
    case 'uniform': {
      const { rate, utilization } = load
      if ((rate === undefined) !== (utilization === undefined)) return []
      return [{ path: 'load', got: rate === undefined ? 'no rate' : 'both', accepted: 'one of rate, utilization' }]
    }
    case 'closed':
      return load.think === undefined ? [] : lawMistakes('load.think', load.think)
  }
}
