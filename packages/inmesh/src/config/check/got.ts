import { isPlain } from '../plain.ts'
import type { Path } from './path.ts'
import { isSecret } from './secret.ts'

const longest = 60

/** What was given, short enough for a line, in words where it is no plain value. */
export function gotText(value: unknown, path: Path): string {
  if (value === undefined) return 'nothing'
  if (isSecret(path)) return typeof value === 'string' ? 'a text (not shown)' : 'a value (not shown)'
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (!isPlain(value)) return `an instance of ${className(value)}`
  const keys = Object.keys(value)
  return keys.length === 0 ? 'an empty object' : cut(`{ ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ', …' : ''} }`)
}

/** A password in a URL is cut out, whatever is wrong with the URL. */
function quoted(text: string): string {
  return cut(JSON.stringify(text.replace(/\/\/[^/@]*@/, '//…@')))
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 2)}…${text.at(-1)}`
}

function className(value: object): string {
  const { constructor } = value
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'a class'
}
