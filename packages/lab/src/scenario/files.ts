import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { formatGot } from './mistakes.ts'
import type { Mistake } from './mistakes.ts'

/** Measured durations or instants: a JSON list, or one a line; empty lines and those that begin with # do not count. */
export function numbersIn(file: string, folder: string): number[] {
  const text = readFileSync(resolve(folder, file), 'utf8')
  const values: unknown = text.trimStart().startsWith('[') ? JSON.parse(text) : lines(text).map(Number)
  if (!isNumbers(values) || values.length === 0) throw new Error('a list of at least one number, none of them NaN')
  return values
}

/** Measured quantiles: a JSON list of [share, milliseconds], or an object that has one as `quantiles` or `points`. */
export function pairsIn(file: string, folder: string): [number, number][] {
  const json: unknown = JSON.parse(readFileSync(resolve(folder, file), 'utf8'))
  const list: unknown = Array.isArray(json) ? json : (member(json, 'quantiles') ?? member(json, 'points'))
  if (!isPairs(list) || !risingPoints(list)) throw new Error('pairs [share, milliseconds] that rise, the last share 1')
  return list
}

/** Shares that rise, durations that do not fall, the last share 1. */
export function risingPoints(points: readonly (readonly [number, number])[]): boolean {
  const inOrder = points.every(([share, value], at) => {
    const before = points[at - 1]
    return before === undefined || (share > before[0] && value >= before[1])
  })
  return inOrder && points.at(-1)?.[0] === 1
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((each) => each.trim())
    .filter((each) => each !== '' && !each.startsWith('#'))
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isFinite(each))
}

function isPairs(value: unknown): value is [number, number][] {
  return Array.isArray(value) && value.length > 1 && value.every((each) => isNumbers(each) && each.length === 2)
}

/** Every `file` a scenario names, wherever it stands, that cannot be read as what it is meant to be. */
export function fileMistakes(input: unknown, folder: string, path = ''): Mistake[] {
  if (typeof input !== 'object' || input === null) return []
  const inner = Object.entries(input).flatMap(([key, value]) =>
    fileMistakes(value, folder, Array.isArray(input) ? `${path}[${key}]` : `${path}${path === '' ? '' : '.'}${key}`)
  )
  const file = member(input, 'file')
  const read = member(input, 'kind') === 'quantiles' ? pairsIn : numbersIn
  return typeof file === 'string' ? [...mistakeOf(() => read(file, folder), `${path}.file`, file), ...inner] : inner
}

function mistakeOf(read: () => unknown, path: string, file: string): Mistake[] {
  try {
    read()
    return []
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return [
      { path, got: `${formatGot(file)}: ${why}`, accepted: 'a readable file of numbers, found from the scenario' }
    ]
  }
}
