import { z } from 'zod'
import { formatDuration } from './duration.ts'
import { risingPoints } from './files.ts'
import { formatGot } from './mistakes.ts'
import type { Mistake } from './mistakes.ts'
import { field, unknownName } from './parts.ts'
import type { Parts } from './parts.ts'
import { service as serviceSchema } from './service.ts'
import type { ParsedService } from './service.ts'
import { serviceTime } from './service-time.ts'
import type { ParsedServiceTime } from './service-time.ts'
import { targetWays } from './targets.ts'

const SERVICE_NAME = /^[a-z][a-z0-9-]*$/

export function serviceMistakes(input: unknown, parts: Parts): Mistake[] {
  const services = field(input, 'services')
  if (typeof services !== 'object' || services === null) return []
  const entries = Object.entries(services)
  const none = entries.length > 0 ? [] : [{ path: 'services', got: '{}', accepted: 'at least one service' }]
  return [
    ...none,
    ...entries.flatMap(([name, value]) => [...nameMistakes(name), ...ownMistakes(name, value, parts)]),
    ...cycleMistakes(services)
  ]
}

function nameMistakes(name: string): Mistake[] {
  if (SERVICE_NAME.test(name)) return []
  const accepted = 'a name of lower-case letters, digits and dashes, a letter first'
  return [{ path: `services.${name}`, got: formatGot(name), accepted }]
}

function ownMistakes(name: string, value: unknown, parts: Parts): Mistake[] {
  const path = `services.${name}`
  const parsed = serviceSchema.safeParse(value).data
  if (parsed === undefined) {
    const law = serviceTime.safeParse(field(value, 'serviceTime')).data
    return law === undefined ? [] : lawMistakes(`${path}.serviceTime`, law)
  }
  const laws: readonly (readonly [string, ParsedServiceTime | undefined])[] = [
    ['serviceTime', parsed.serviceTime],
    ['failures.latency', parsed.failures?.latency],
    ['network.delay', parsed.network.delay],
    ['network.crossZone', parsed.network.crossZone]
  ]
  return [
    ...laws.flatMap(([key, law]) => (law === undefined ? [] : lawMistakes(`${path}.${key}`, law))),
    ...overrideMistakes(name, parsed, path, parts),
    ...admissionMistakes(parsed, `${path}.admission`),
    ...slotMistakes(parsed, path),
    ...parsed.calls.flatMap((step, at) =>
      step.calls.flatMap((call, index) =>
        unknownName(`${path}.calls[${at}].calls[${index}].service`, call.service, parts.services)
      )
    )
  ]
}

function admissionMistakes({ admission }: ParsedService, path: string): Mistake[] {
  const { min, max, shares = {} } = admission ?? {}
  const mistakes: Mistake[] = []
  if (min !== undefined && max !== undefined && max < min) {
    mistakes.push({ path: `${path}.max`, got: String(max), accepted: `at least min (${min})` })
  }
  const sum = Object.values(shares).reduce<number>((total, share) => total + (share ?? 0), 0)
  if (sum > 1) mistakes.push({ path: `${path}.shares`, got: `${Number(sum.toFixed(6))} together`, accepted: '1 together at most' })
  return mistakes
}

function overrideMistakes(name: string, { overrides }: ParsedService, path: string, { membership }: Parts): Mistake[] {
  return overrides.flatMap((each, at) => {
    const here = `${path}.overrides[${at}]`
    const several =
      targetWays(each) > 1
        ? [{ path: here, got: 'several ways', accepted: 'one of replica, replicas, fleetShare' }]
        : []
    return [
      ...several,
      ...unknownName(`${here}.replica`, each.replica, membership?.all[name]),
      ...(each.replicas ?? []).flatMap((one, index) =>
        unknownName(`${here}.replicas[${index}]`, one, membership?.all[name])
      )
    ]
  })
}

/** One event loop computes one thing at a time. */
function slotMistakes({ work, slots, overrides }: ParsedService, path: string): Mistake[] {
  if (work !== 'cpu') return []
  const accepted = '1 where `work` is "cpu"'
  return [{ slots, at: path }, ...overrides.map((each, at) => ({ slots: each.slots, at: `${path}.overrides[${at}]` }))].flatMap(
    ({ slots: got = 1, at }) => (got === 1 ? [] : [{ path: `${at}.slots`, got: String(got), accepted }])
  )
}

export function lawMistakes(path: string, law: ParsedServiceTime): Mistake[] {
  switch (law.kind) {
    case 'lognormal': {
      if (law.p99 >= law.median && law.median > 0) return []
      const accepted = `at least the median (${formatDuration(law.median)}), and that above 0`
      return [{ path: `${path}.p99`, got: formatDuration(law.p99), accepted }]
    }
    case 'pareto': {
      if (law.min > 0 && (law.max ?? Infinity) >= law.min) return []
      const got = `${formatDuration(law.min)} to ${law.max === undefined ? 'no maximum' : formatDuration(law.max)}`
      return [{ path, got, accepted: 'a min above 0, and no max below it' }]
    }
    case 'quantiles':
      return [...eitherOf(path, 'points', law.points, law.file), ...risingMistakes(path, law.points)]
    case 'samples':
      return eitherOf(path, 'values', law.values, law.file)
    default:
      return []
  }
}

function eitherOf(path: string, key: string, inline: unknown, file: string | undefined): Mistake[] {
  if ((inline === undefined) !== (file === undefined)) return []
  return [{ path, got: file === undefined ? `no ${key}` : 'both', accepted: `one of ${key}, file` }]
}

function risingMistakes(path: string, points: readonly (readonly [number, number])[] | undefined): Mistake[] {
  if (points === undefined || risingPoints(points)) return []
  const accepted = 'shares and durations that rise, the last share 1'
  return [{ path: `${path}.points`, got: formatGot(points), accepted }]
}

const graph = z.record(
  z.string(),
  z.looseObject({
    calls: z.array(z.looseObject({ calls: z.array(z.looseObject({ service: z.string() })) })).default([])
  })
)

/** A call that comes round to where it began would never end. */
function cycleMistakes(services: object): Mistake[] {
  const parsed = graph.safeParse(services).data ?? {}
  const callees = (name: string): string[] =>
    (parsed[name]?.calls ?? []).flatMap(({ calls }) => calls.map(({ service }) => service))
  const found = Object.keys(parsed)
    .map((name) => cycleFrom(name, callees))
    .find((cycle) => cycle !== undefined)
  if (found === undefined) return []
  return [
    { path: `services.${found[0]}.calls`, got: `a circle: ${found.join(' → ')}`, accepted: 'calls that end somewhere' }
  ]
}

function cycleFrom(start: string, callees: (name: string) => readonly string[]): string[] | undefined {
  const seen = new Set<string>()
  const visit = (name: string, way: readonly string[]): string[] | undefined => {
    if (name === start && way.length > 0) return [...way, name]
    if (seen.has(name)) return undefined
    seen.add(name)
    for (const next of callees(name)) {
      const found = visit(next, [...way, name])
      if (found !== undefined) return found
    }
    return undefined
  }
  return visit(start, [])
}
