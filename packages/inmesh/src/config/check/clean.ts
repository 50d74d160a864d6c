import { deepest, forbidden, isOpaque, isPlain } from '../plain.ts'
import { isDnsConfig } from '../service/dns-config.ts'
import { wrongValue, type Mistake } from './mistake.ts'
import type { Path } from './path.ts'

/**
 * A copy of what was given, made of own properties of plain objects only, so that nothing that reads it can reach a
 * prototype, and without `null` and `undefined`, which both mean the default. What cannot be copied is a mistake.
 */
export function clean(input: unknown, mistakes: Mistake[], path: Path = []): unknown {
  return new Cleaner(mistakes).copy(input, path)
}

class Cleaner {
  private readonly mistakes: Mistake[]
  private readonly above = new Set<object>()

  constructor(mistakes: Mistake[]) {
    this.mistakes = mistakes
  }

  copy(value: unknown, path: Path): unknown {
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value
    if (isOpaque(path) && !Array.isArray(value) && !isDnsConfig(value)) return value
    if (!Array.isArray(value) && !isPlain(value)) return this.refuse(path, value, 'a plain object, as JSON or an object literal makes it')
    if (this.above.has(value)) return this.refuse(path, value, 'an object that does not contain itself')
    if (path.length >= deepest) return this.refuse(path, value, `at most ${deepest} levels`)
    this.above.add(value)
    const copy = Array.isArray(value) ? value.map((item: unknown, index) => this.copy(item, [...path, index])) : this.properties(value, path)
    this.above.delete(value)
    return copy
  }

  private properties(value: object, path: Path): object {
    const copy: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(value)) {
      const at = [...path, key]
      if (forbidden.has(key)) this.refuse(at, item, 'another name: this one reaches into every object')
      else if (item !== null && item !== undefined) copy[key] = this.copy(item, at)
    }
    return copy
  }

  private refuse(path: Path, value: unknown, accepted: string): undefined {
    this.mistakes.push(wrongValue(path, value, accepted))
    return undefined
  }
}
