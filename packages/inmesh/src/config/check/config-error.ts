import { InmeshError } from '@inmesh/pipeline'
import { describeMistake, positionText, type Mistake } from './mistake.ts'

/** A configuration with mistakes, refused whole: nothing of it is in force, and what was in force before still is. */
export class ConfigError extends InmeshError {
  /** Every one, in the order of the configuration. */
  readonly mistakes: readonly Mistake[]

  constructor(mistakes: readonly Mistake[]) {
    const lines = mistakes.map((mistake) => `\n  ${mistake.at === undefined ? '' : `${positionText(mistake.at)} `}${mistake.path}: ${describeMistake(mistake)}`)
    super('ConfigError', 'INMESH_CONFIG', `${count(mistakes.length, 'mistake')} in the configuration; nothing of it is in force${lines.join('')}`, {
      service: concerned(mistakes),
      policy: 'config',
      numbers: { mistakes: mistakes.length },
      advice: 'Correct what is listed: each line says what was given and what is accepted.',
    })
    this.mistakes = mistakes
    // The message says it all: printed, an uncaught one would list every mistake twice, among fields that are about calls.
    for (const field of unprinted) Object.defineProperty(this, field, { enumerable: false })
  }
}

const unprinted = ['service', 'operation', 'policy', 'numbers', 'tries', 'retryAfter', 'mistakes'] as const satisfies readonly (keyof ConfigError)[]

export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}

/** The one service that is concerned; empty when there are several, or none. */
function concerned(mistakes: readonly Mistake[]): string {
  const names = new Set(mistakes.map(({ keys = [] }) => (keys[0] === 'services' ? String(keys[1] ?? '') : '')))
  return names.size === 1 ? ([...names][0] ?? '') : ''
}
