import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { dirname } from 'node:path'

/** One contender, one metric. A ratio's baseline was measured in the same run, interleaved with it. */
export interface Row {
  readonly contender: string
  readonly metric: string
  readonly unit: 'us' | 'ns' | 's' | 'bytes' | '1/s' | 'share' | 'calls'
  readonly median: number
  readonly min: number
  readonly max: number
  readonly baseline?: string
  readonly ratio?: number
  readonly ciLow?: number
  readonly ciHigh?: number
  readonly runs: number
}

export interface BenchResult {
  readonly bench: string
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string }
  readonly date: string
  readonly rows: readonly Row[]
}

export function resultOf(bench: string, rows: readonly Row[]): BenchResult {
  const machine = { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism(), node: process.version }
  return { bench, machine, date: new Date().toISOString(), rows: rows.map(rounded) }
}

export function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
}

function rounded(row: Row): Row {
  const entries = Object.entries(row).map(([key, value]) => [key, typeof value === 'number' ? Number(value.toPrecision(5)) : value])
  return Object.fromEntries(entries) as Row
}
