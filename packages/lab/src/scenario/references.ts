import { z } from 'zod'
import { assertion } from './asserts.ts'
import { contender, nameContender } from './contenders.ts'
import { fault, nameFault } from './faults.ts'
import type { Fault } from './faults.ts'
import { load } from './load.ts'
import { formatDuration } from './duration.ts'
import type { Mistake } from './mistakes.ts'
import { formatGot } from './mistakes.ts'
import { replicaNames } from './scenario.ts'
import { policyMistakes } from './policy.ts'
import { serviceTime } from './service-time.ts'

interface Parts {
  readonly replicas: readonly string[] | undefined
  readonly services: readonly string[] | undefined
  readonly load: z.infer<typeof load> | undefined
  /** At their places in the file; one that does not parse is a hole. */
  readonly faults: readonly (Fault | undefined)[]
  readonly contenders: readonly string[]
  readonly asserts: readonly (z.infer<typeof assertion> | undefined)[]
}

/**
 * Mistakes between parts that are each well-formed: a fault on a replica that does not exist, an assert about a fault
 * that is not on the timeline. Looks at whatever parts parse, so that these are listed beside the mistakes of shape.
 */
export function referenceMistakes(input: unknown): Mistake[] {
  const parts = readParts(input)
  return [
    ...classMistakes(parts),
    ...faultMistakes(parts),
    ...nameMistakes('contenders', parts.contenders),
    ...list(input, 'contenders').flatMap((each, at) =>
      field(each, 'peer') === 'inmesh' ? policyMistakes(field(each, 'policy') ?? {}, `contenders[${at}].policy`) : []
    ),
    ...parts.asserts.flatMap((each, at) => (each === undefined ? [] : assertMistakes(each, `asserts[${at}]`, parts))),
    ...serviceMistakes(input)
  ]
}

const countedServices = z.record(z.string(), z.looseObject({ replicas: z.number().int().min(1).max(10_000) }))

function readParts(input: unknown): Parts {
  const services = countedServices.safeParse(field(input, 'services')).data
  return {
    replicas: services && replicaNames(services),
    services: services && Object.keys(services),
    load: load.safeParse(field(input, 'load')).data,
    faults: list(input, 'faults').map((each) => {
      const parsed = fault.safeParse(each).data
      return parsed && nameFault(parsed)
    }),
    contenders: list(input, 'contenders').map((each, at) => {
      const parsed = contender.safeParse(each).data
      return parsed ? nameContender(parsed).name : `#${at}`
    }),
    asserts: list(input, 'asserts').map((each) => assertion.safeParse(each).data)
  }
}

function field(input: unknown, key: string): unknown {
  return typeof input === 'object' && input !== null ? Reflect.get(input, key) : undefined
}

function list(input: unknown, key: string): unknown[] {
  const value = field(input, key)
  return Array.isArray(value) ? value : []
}

function classMistakes({ load, services }: Parts): Mistake[] {
  return (load?.classes ?? []).flatMap(({ service }, at) =>
    unknownName(`load.classes[${at}].service`, service, services)
  )
}

function faultMistakes({ faults, replicas, load }: Parts): Mistake[] {
  const known = faults.filter((each) => each !== undefined)
  const mistakes = nameMistakes(
    'faults',
    faults.map((each, at) => each?.name ?? `#${at}`)
  )
  for (const [at, each] of faults.entries()) {
    if (each === undefined) continue
    const path = `faults[${at}]`
    mistakes.push(...unknownName(`${path}.replica`, each.replica, replicas))
    const end = each.at + each.for
    if (load !== undefined && end > load.duration) {
      mistakes.push({
        path,
        got: `an end at ${formatDuration(end)}`,
        accepted: `an end within load.duration (${formatDuration(load.duration)})`
      })
    }
    const clash = known.find((other) => other !== each && other.replica === each.replica && overlap(other, each))
    if (clash !== undefined && known.indexOf(clash) < known.indexOf(each)) {
      mistakes.push({ path, got: `a time that overlaps ${clash.name}`, accepted: 'one fault at a time on a replica' })
    }
  }
  return mistakes
}

function overlap(a: Fault, b: Fault): boolean {
  return a.at < b.at + b.for && b.at < a.at + a.for
}

function nameMistakes(key: string, names: readonly string[]): Mistake[] {
  return names.flatMap((name, at) =>
    names.indexOf(name) === at
      ? []
      : [{ path: `${key}[${at}].name`, got: `${formatGot(name)} again`, accepted: 'a name of its own' }]
  )
}

function assertMistakes(each: z.infer<typeof assertion>, path: string, parts: Parts): Mistake[] {
  const faults = parts.faults.flatMap((known) => (known === undefined ? [] : [known]))
  const complete = faults.length === parts.faults.length
  const mistakes = unknownName(`${path}.contender`, each.contender, parts.contenders)
  if ('fault' in each) {
    const names = complete ? faults.map(({ name }) => name) : undefined
    mistakes.push(...unknownName(`${path}.fault`, each.fault, names))
  }
  if (each.metric === 'latency' && (each.atMost === undefined) === (each.atMostTimesHealthy === undefined)) {
    mistakes.push({
      path,
      got: each.atMost === undefined ? 'no bar' : 'two bars',
      accepted: 'one of atMost, atMostTimesHealthy'
    })
  }
  if (each.metric === 'faultShare') {
    const judged = faults.find(({ name }) => name === each.fault)
    if (judged !== undefined && each.after >= judged.for) {
      mistakes.push({
        path: `${path}.after`,
        got: formatDuration(each.after),
        accepted: `less than the fault lasts (${formatDuration(judged.for)})`
      })
    }
  }
  return mistakes
}

function unknownName(path: string, name: string | undefined, known: readonly string[] | undefined): Mistake[] {
  if (name === undefined || known === undefined || known.includes(name)) return []
  return [{ path, got: formatGot(name), accepted: known.length === 0 ? 'none: there are none' : known.join(', ') }]
}

const SERVICE_NAME = /^[a-z][a-z0-9-]*$/

function serviceMistakes(input: unknown): Mistake[] {
  const services = field(input, 'services')
  if (typeof services !== 'object' || services === null) return []
  const names = Object.keys(services)
  const none = names.length > 0 ? [] : [{ path: 'services', got: '{}', accepted: 'at least one service' }]
  const misnamed = names
    .filter((name) => !SERVICE_NAME.test(name))
    .map((name) => ({
      path: `services.${name}`,
      got: formatGot(name),
      accepted: 'a name of lower-case letters, digits and dashes, a letter first'
    }))
  return [...none, ...misnamed, ...names.flatMap((name) => serviceTimeMistakes(name, field(services, name)))]
}

function serviceTimeMistakes(service: string, value: unknown): Mistake[] {
  const path = `services.${service}.serviceTime`
  const parsed = serviceTime.safeParse(field(value, 'serviceTime')).data
  if (parsed?.kind === 'lognormal' && (parsed.p99 < parsed.median || parsed.median <= 0)) {
    const accepted = `at least the median (${formatDuration(parsed.median)}), and that above 0`
    return [{ path: `${path}.p99`, got: formatDuration(parsed.p99), accepted }]
  }
  if (parsed?.kind === 'quantiles' && !rising(parsed.points)) {
    return [
      {
        path: `${path}.points`,
        got: formatGot(parsed.points),
        accepted: 'shares and durations that rise, the last share 1'
      }
    ]
  }
  return []
}

function rising(points: readonly (readonly [number, number])[]): boolean {
  const inOrder = points.every(([share, value], at) => {
    const before = points[at - 1]
    return before === undefined || (share > before[0] && value >= before[1])
  })
  return inOrder && points.at(-1)?.[0] === 1
}
