import { cleaned } from '../cleaned.ts'
import type { MeshEvent } from '../events.ts'
import { isError } from '../is-error.ts'
import type { LogFields, LogLevel } from './logger.ts'
import { saidBy } from './sayings.ts'

/** One line, ready to be written. */
export interface Line {
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

/** Longer than otel's labels: notes and complaints are sentences. */
const LONGEST_TEXT = 300
const LONGEST_MESSAGE = 1000
const LONGEST_LIST = 100

/** What an event says in one line at `level`; undefined where no line is written of it. Whatever others have written in it is on one line and short. */
export function lineOf(event: MeshEvent, level: LogLevel): Line | undefined {
  const said = saidBy(event)
  if (said === undefined) return undefined
  const { service, type } = event
  const message = cleaned(service === '' ? said.text : `${service}: ${said.text}`, LONGEST_MESSAGE)
  const fields: Record<string, unknown> = service === '' ? { event: type } : { service: cleaned(service, LONGEST_TEXT), event: type }
  for (const [name, value] of Object.entries(said.fields)) fields[name] = cleanedField(value)
  return { level: said.good === true && level !== 'debug' ? 'info' : level, message, fields }
}

function cleanedField(value: unknown): unknown {
  if (typeof value === 'string') return cleaned(value, LONGEST_TEXT)
  if (Array.isArray(value)) return value.slice(0, LONGEST_LIST).map(cleanedField)
  // An error goes on as it is: serializers make of it what they do, its stack included.
  if (isError(value) || typeof value === 'number' || typeof value === 'boolean') return value
  return cleaned(String(value), LONGEST_TEXT)
}
