import { z } from 'zod'
import { assertion } from './asserts.ts'
import type { Assertion } from './asserts.ts'
import { contender } from './contenders.ts'
import type { ParsedContender } from './contenders.ts'
import { fault } from './faults.ts'
import type { ParsedFault } from './faults.ts'
import { membershipOf } from './fleets.ts'
import type { Membership } from './targets.ts'
import { load } from './load.ts'
import type { ParsedLoad } from './load.ts'
import { formatGot } from './mistakes.ts'
import type { Mistake } from './mistakes.ts'

/** The parts of a scenario that are well-formed, at their places in the file; one that is not is a hole. */
export interface Parts {
  readonly services: readonly string[] | undefined
  /** Undefined where replicas are not even counted. */
  readonly membership: Membership | undefined
  readonly processes: number
  readonly load: ParsedLoad | undefined
  readonly faults: readonly (ParsedFault | undefined)[]
  readonly contenders: readonly (ParsedContender | undefined)[]
  readonly asserts: readonly (Assertion | undefined)[]
}

const countedServices = z.record(z.string(), z.looseObject({ replicas: z.number().int().min(0).max(100_000) }))
const countedProcesses = z.looseObject({ processes: z.number().int().min(1).default(1) })

export function readParts(input: unknown): Parts {
  const services = countedServices.safeParse(field(input, 'services')).data
  const faults = list(input, 'faults').map((each) => fault.safeParse(each).data)
  return {
    services: services && Object.keys(services),
    membership: services && membershipOf(services, faults),
    processes: countedProcesses.safeParse(field(input, 'clients')).data?.processes ?? 1,
    load: load.safeParse(field(input, 'load')).data,
    faults,
    contenders: list(input, 'contenders').map((each) => contender.safeParse(each).data),
    asserts: list(input, 'asserts').map((each) => assertion.safeParse(each).data)
  }
}

export function field(input: unknown, key: string): unknown {
  return typeof input === 'object' && input !== null ? Reflect.get(input, key) : undefined
}

export function list(input: unknown, key: string): unknown[] {
  const value = field(input, key)
  return Array.isArray(value) ? value : []
}

export function unknownName(path: string, name: string | undefined, known: readonly string[] | undefined): Mistake[] {
  if (name === undefined || known === undefined || known.includes(name)) return []
  return [{ path, got: formatGot(name), accepted: shorten(known) }]
}

/** A fleet of a thousand is not listed one by one. */
function shorten(known: readonly string[]): string {
  if (known.length === 0) return 'none: there are none'
  return known.length <= 20 ? known.join(', ') : `${known.slice(0, 3).join(', ')}, … ${known.at(-1)}`
}

export function nameMistakes(key: string, names: readonly string[]): Mistake[] {
  return names.flatMap((name, at) =>
    names.indexOf(name) === at
      ? []
      : [{ path: `${key}[${at}].name`, got: `${formatGot(name)} again`, accepted: 'a name of its own' }]
  )
}
