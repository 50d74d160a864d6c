import { readFileSync } from 'node:fs'
import type { ContenderResult } from '../report/result.ts'

/** What the repository keeps of a contender: figures of which a page is made, no curves. */
export interface KeptContender {
  readonly name: string
  readonly success: number
  /** ms; `half`: half of the 95 % interval over the seeds. */
  readonly p50: Kept
  readonly p99: Kept
  readonly extraLoad: number
  /** How far the p99 has come from round robin (0) to the oracle (1), where both ran. */
  readonly way?: number
}

export interface Kept {
  readonly mean: number
  readonly half: number
}

/** Where and when it was run. */
export interface KeptHead {
  readonly node: string
  readonly date: string
}

export interface KeptControl {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly seeds: number
  readonly contenders: readonly KeptContender[]
  readonly asserts: readonly { readonly text: string; readonly ok: boolean; readonly got: string }[]
}

export interface KeptControls extends KeptHead {
  readonly controls: readonly KeptControl[]
}

export interface KeptSweep extends KeptHead {
  readonly sweep: string
  readonly title: string
  readonly description: string
  readonly knobs: readonly string[]
  readonly seeds: number
  readonly points: readonly { readonly labels: readonly string[]; readonly contenders: readonly KeptContender[] }[]
}

/** One figure of the bad day in both worlds. */
export interface KeptValidation extends KeptHead {
  readonly cpu: string
  readonly cores: number
  readonly virtualSeeds: number
  readonly figures: readonly { readonly label: string; readonly unit: 'ms' | 'share'; readonly real: number; readonly virtual: Kept }[]
}

export function keep({ name, means, toOracle }: Pick<ContenderResult, 'name' | 'means' | 'toOracle'>): KeptContender {
  return {
    name,
    success: round(means.success.mean, 5),
    p50: keptOf(means.p50),
    p99: keptOf(means.p99),
    extraLoad: round(means.extraLoad.mean, 4),
    ...(toOracle?.p99 !== undefined && { way: round(toOracle.p99, 3) })
  }
}

export function keptOf({ mean, high }: { readonly mean: number; readonly high: number }, digits = 1): Kept {
  return { mean: round(mean, digits), half: round(high - mean, digits) }
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

/** The parts of a list each on a line of its own: a change of one is a change of one line. */
export function keptJson(kept: object): string {
  const fields = Object.entries(kept).map(([key, value]) => `  ${JSON.stringify(key)}: ${fieldJson(value)}`)
  return `{\n${fields.join(',\n')}\n}\n`
}

function fieldJson(value: unknown): string {
  if (!Array.isArray(value) || typeof value[0] !== 'object') return JSON.stringify(value)
  return `[\n${value.map((each) => `    ${JSON.stringify(each)}`).join(',\n')}\n  ]`
}

/** Trusts what `keptJson` wrote. */
export function readKept<T>(file: string | URL): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T
}
