import { QUEUE_DEFAULTS } from '@inmesh/pipeline'
import { AIMD_DEFAULTS, attemptRules, BALANCE_DEFAULTS, BREAKER_DEFAULTS, EJECT_DEFAULTS, HEALTH_DEFAULTS, REWEIGHT_DEFAULTS, SLOT_LEASE_DEFAULTS } from '@inmesh/policy'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './blocks.ts'

interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | false
  readonly anyOf?: readonly Schema[]
}

/** Options that only code can give, which the schema of documents leaves out. */
const codeOnly: Readonly<Record<string, readonly string[]>> = {
  balance: ['key'],
  reweight: ['classify', 'classifyEnd'],
  limit: ['key'],
  fallback: ['reply', 'mode'],
}

/** Of each policy its options, with the default that the schema's own description tells, where it tells one. */
export function optionsOf(): Readonly<Record<string, ReadonlyMap<string, string | undefined>>> {
  const schema = JSON.parse(readFileSync(join(root, 'packages', 'inmesh', 'config.schema.json'), 'utf8')) as Schema
  const services = schema.properties?.['services']
  const service = services?.anyOf?.find((one) => one.additionalProperties !== undefined)?.additionalProperties as Schema
  const policies = Object.entries(propertiesOf(propertiesOf(service)['policy']))
  const found = policies
    .map(([name, policy]) => [name, new Map([...leaves(policy, ''), ...(codeOnly[name] ?? []).map((option) => [option, undefined] as const)])] as const)
    .filter(([name, options]) => options.size > 0 && name !== 'mode')
  return Object.fromEntries(found)
}

/** Options of options by their path: `backoff.min`; those of a table by a star: `codes.*.severity`. */
function leaves(schema: Schema, prefix: string): [string, string | undefined][] {
  return Object.entries(propertiesOf(schema)).flatMap(([name, option]): [string, string | undefined][] => {
    // Everywhere the same, with a page of its own.
    if (name === 'mode') return [[name, undefined]]
    const inner = leaves(option, `${prefix}${name}.`)
    const table = tableOf(option)
    if (table !== undefined) return [[`${prefix}${name}`, undefined], ...leaves(table, `${prefix}${name}.*.`)]
    return inner.length > 0 ? inner : [[`${prefix}${name}`, defaultIn(option.description)]]
  })
}

function propertiesOf(schema: Schema | undefined): Readonly<Record<string, Schema>> {
  if (schema === undefined) return {}
  return schema.properties ?? Object.assign({}, ...(schema.anyOf ?? []).map(propertiesOf)) as Readonly<Record<string, Schema>>
}

function tableOf(schema: Schema): Schema | undefined {
  if (schema.properties !== undefined) return undefined
  const own = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
  return own ?? schema.anyOf?.map(tableOf).find((one) => one !== undefined)
}

/** `Default 10 s.` at the end of a description. */
function defaultIn(description: string | undefined): string | undefined {
  return /Default:? (.*)\.$/.exec(description ?? '')?.[1]
}

/** The defaults that are really in force, by the same names; durations in milliseconds. */
export function realDefaults(): Readonly<Record<string, Readonly<Record<string, number | string>>>> {
  const rules = attemptRules({})
  const { by, decay, exploreAfter, exploreShare, loadFactor, remoteCost, aggression } = BALANCE_DEFAULTS
  const { latencyAbove: _none, ...whenKnown } = AIMD_DEFAULTS
  const { weight, engineLost, minProcesses } = SLOT_LEASE_DEFAULTS
  return {
    balance: { by, decay, exploreAfter, exploreShare, loadFactor, 'zone.remoteCost': remoteCost, 'slowStart.aggression': aggression },
    breaker: { ...BREAKER_DEFAULTS },
    concurrency: { ...whenKnown, ...QUEUE_DEFAULTS, weight, engineLost, minProcesses },
    eject: { ...EJECT_DEFAULTS },
    health: { ...HEALTH_DEFAULTS },
    reweight: { step: REWEIGHT_DEFAULTS.step, decay: REWEIGHT_DEFAULTS.decay, weight: REWEIGHT_DEFAULTS.weight },
    retry: { maxExtraTries: rules.maxExtraTries, codes: [...rules.codes].join() },
    backup: { maxExtraLoad: rules.maxExtraLoad, minDelay: rules.minDelay },
    rescue: { afterMedians: rules.afterMedians, minAge: rules.minAge },
  }
}
