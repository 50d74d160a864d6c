import { isError } from '@inmesh/pipeline'
import { isPlain } from '../config/plain.ts'
import { errorFacts } from './error-facts.ts'
import { REDACTED, redactText } from './redact-text.ts'

/** Words in the name of a field whose value is secret, whatever it is. */
const SECRET: ReadonlySet<string> = new Set([
  'password', 'passwd', 'pwd', 'pass', 'passphrase', 'pin', 'secret', 'secrets', 'token', 'accesstoken', 'authtoken', 'refreshtoken', 'key', 'apikey', 'accesskey', 'privatekey', 'secretkey', 'credential', 'credentials',
  'authorization', 'auth', 'bearer', 'cookie', 'cookies', 'session', 'jwt', 'signature', 'private', 'cert', 'ca', 'crl', 'pfx', 'pem', 'affinity',
])

/** Counts are told under these; what is more than a number is not. */
const SECRET_BUT_COUNTS: ReadonlySet<string> = new Set(['tokens', 'keys', 'sessions'])

/** What is under these has names that are told, and values that are not. */
const NAMES_ONLY: ReadonlySet<string> = new Set(['headers', 'header', 'headersDistinct', 'metadata', 'trailers', 'trailersDistinct'])

/** Names and values of headers in turn: neither is told. */
const IN_TURN: ReadonlySet<string> = new Set(['rawHeaders', 'rawTrailers'])

/** Under these stand names that users have given, which are no names of fields: a service may be called `auth`. */
const NAMED_BY_USERS: ReadonlySet<string> = new Set(['services'])

const DEEPEST = 16
const MOST_ITEMS = 5_000

/**
 * The one door through which everything goes that the endpoint tells: a copy as plain data, without secrets. What is secret is
 * known by the name that it stands under, and in texts by how it looks.
 */
export function redacted(value: unknown): unknown {
  return walk(value, [], new Set())
}

function walk(value: unknown, path: readonly string[], above: Set<object>): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return redactText(String(value))
  if (typeof value === 'function') return '[function]'
  if (typeof value === 'symbol') return '[symbol]'
  if (typeof value !== 'object' || value === null) return value
  if (above.has(value)) return '[circular]'
  if (path.length > DEEPEST) return '[deeper]'
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (value instanceof URL) return redactText(value.href)
  if (!Array.isArray(value) && !isError(value) && !isPlain(value)) return `[${className(value)}]`
  above.add(value)
  const copy = Array.isArray(value) ? list(value, path, above) : fields(isError(value) ? errorFacts(value) : value, path, above)
  above.delete(value)
  return copy
}

function list(items: readonly unknown[], path: readonly string[], above: Set<object>): unknown[] {
  const copy = items.slice(0, MOST_ITEMS).map((item) => walk(item, [...path, ''], above))
  return items.length > MOST_ITEMS ? [...copy, `[${items.length - MOST_ITEMS} more]`] : copy
}

function fields(value: object, path: readonly string[], above: Set<object>): unknown {
  const entries = Object.keys(value).slice(0, MOST_ITEMS).map((name) => {
    const inside = [...path, name]
    const item = read(value, name)
    return [redactText(name), item !== undefined && isSecret(inside, item) ? REDACTED : walk(item, inside, above)] as const
  })
  return Object.fromEntries(entries)
}

/** An object of a user's may have a getter with a bug. */
function read(value: object, name: string): unknown {
  try {
    return Reflect.get(value, name)
  } catch {
    return '[unreadable]'
  }
}

function isSecret(path: readonly string[], value: unknown): boolean {
  const [name = '', parent = '', grandparent = ''] = path.toReversed()
  if (NAMED_BY_USERS.has(parent)) return false
  if (IN_TURN.has(name)) return true
  if (NAMES_ONLY.has(parent) && !NAMED_BY_USERS.has(grandparent)) return true
  // Of an endpoint in a snapshot it is its address.
  if (name === 'key' && parent === '' && grandparent === 'endpoints') return false
  const words = wordsOf(name)
  if (words.some((word) => SECRET.has(word))) return true
  return words.some((word) => SECRET_BUT_COUNTS.has(word)) && typeof value !== 'number' && typeof value !== 'boolean'
}

/** `apiKey`, `api-key`, `API_KEY` and `APIKey` are two words each. */
function wordsOf(name: string): readonly string[] {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2').toLowerCase().split(/[^a-z0-9]+/)
}

function className(value: object): string {
  const made: unknown = Reflect.get(value, 'constructor')
  return typeof made === 'function' && made.name !== '' ? made.name : 'object'
}
