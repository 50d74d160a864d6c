import { gotText } from './got.ts'
import { pathText, type Path } from './path.ts'

/** A place in a file; lines and columns begin at 1. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One thing that is wrong with a configuration, as plain data. */
export interface Mistake {
  /** Such as `services.catalog.policy.retry.maxExtraTrys`. */
  readonly path: string
  /** The same, key by key; absent where the mistake is in no configuration. */
  readonly keys?: Path
  /** What was given there, in words; secrets are never shown. */
  readonly got: string
  /** What may stand there, with its range. */
  readonly accepted: string
  /** The known name that was probably meant. */
  readonly meant?: string
  /** Where it stands, when it was read from a file. */
  readonly at?: Position
  /** An option that does not exist, and not a value that is wrong. */
  readonly unknown?: boolean
}

export function wrongValue(keys: Path, value: unknown, accepted: string, meant?: string): Mistake {
  return { path: pathText(keys), keys, got: gotText(value, keys), accepted, ...(meant === undefined ? {} : { meant }) }
}

export function unknownOption(keys: Path, value: unknown, accepted: string, meant?: string): Mistake {
  return { ...wrongValue(keys, value, accepted, meant), unknown: true }
}

export function positionText({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`
}

/** What is wrong, in one line, without the path. */
export function describeMistake(mistake: Mistake): string {
  const { got, accepted, meant, unknown } = mistake
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  return unknown === true ? `unknown option${hint} (accepted: ${accepted})` : `got ${got}${hint} (accepted: ${accepted})`
}
