import type { Dispatcher } from 'undici'

type RequestHeaders = Dispatcher.DispatchOptions['headers']

/** Names on the wire; the grammar of each stands in docs/wire.md. */
export const remainingHeader = 'x-envoy-expected-rq-timeout-ms'
export const attemptCountHeader = 'x-envoy-attempt-count'
export const truncatedHeader = 'inmesh-truncated'

type Pairs = Iterable<readonly [string, string | string[] | undefined]>

/** Any form undici takes, walked as pairs. */
function* pairsOf(headers: RequestHeaders): Generator<[string, string | string[] | undefined]> {
  if (headers == null) return
  if (Array.isArray(headers)) {
    for (let i = 0; i + 1 < headers.length; i += 2) yield [headers[i] as string, headers[i + 1]]
  } else if (Symbol.iterator in headers) {
    for (const [name, value] of headers as Pairs) yield [name, value as string | string[] | undefined]
  } else {
    for (const name of Object.keys(headers)) yield [name, (headers as Record<string, string | string[] | undefined>)[name]]
  }
}

/** Undefined for a header that is not there; the first value of one that comes more than once. */
export function headerOf(headers: RequestHeaders, name: string): string | undefined {
  if (headers == null) return undefined
  for (const [key, value] of pairsOf(headers)) {
    if (isName(key, name)) return Array.isArray(value) ? value[0] : value
  }
  return undefined
}

type Plain = Record<string, string | string[] | undefined>

/**
 * The user's headers with ours behind them; a name that the user has set stays his, but for the remaining time, which
 * only ever shrinks. A new object each time: the user's own is never written to. `extra` is ours: name, value, name, value.
 */
export function withHeaders(headers: RequestHeaders, extra: string[]): string[] | Plain {
  if (headers == null) return extra
  if (Array.isArray(headers)) return withPairs(headers, extra)
  if (Symbol.iterator in headers) return withPairs(flat(headers), extra)
  return withFields(headers as Plain, extra)
}

/** The user's headers with others in the place of those that have the same names, which `others` has in lower case. A new object each time. */
export function replacing(headers: RequestHeaders, others: string[]): string[] | Plain {
  if (headers == null) return others
  if (Array.isArray(headers)) return replacedPairs(headers, others)
  if (Symbol.iterator in headers) return replacedPairs(flat(headers), others)
  const out: Plain = {}
  for (const key of Object.keys(headers)) if (!isAmong(others, key)) out[key] = (headers as Plain)[key]
  for (let i = 0; i < others.length; i += 2) out[others[i]!] = others[i + 1]
  return out
}

function replacedPairs(headers: readonly string[], others: readonly string[]): string[] {
  const out: string[] = []
  for (let i = 0; i < headers.length; i += 2) if (!isAmong(others, headers[i]!)) out.push(headers[i]!, headers[i + 1]!)
  out.push(...others)
  return out
}

function withPairs(headers: readonly string[], extra: readonly string[]): string[] {
  const out = headers.slice()
  for (let i = 0; i < extra.length; i += 2) {
    const name = extra[i]!
    const value = extra[i + 1]!
    const at = indexOf(out, name)
    if (at < 0) out.push(name, value)
    else if (name === remainingHeader && !(Number(out[at + 1]) <= Number(value))) out[at + 1] = value
  }
  return out
}

function withFields(headers: Plain, extra: readonly string[]): Plain {
  const out: Plain = { ...headers }
  for (let i = 0; i < extra.length; i += 2) {
    const name = extra[i]!
    const value = extra[i + 1]!
    const own = keyOf(headers, name)
    if (own === undefined) out[name] = value
    else if (name === remainingHeader && !(Number(headers[own]) <= Number(value))) out[own] = value
  }
  return out
}

function flat(headers: RequestHeaders): string[] {
  const out: string[] = []
  for (const [name, value] of pairsOf(headers)) {
    if (Array.isArray(value)) for (const one of value) out.push(name, one)
    else if (value !== undefined) out.push(name, value)
  }
  return out
}

function indexOf(headers: readonly string[], name: string): number {
  for (let i = 0; i < headers.length; i += 2) if (isName(headers[i]!, name)) return i
  return -1
}

function isAmong(others: readonly string[], key: string): boolean {
  for (let i = 0; i < others.length; i += 2) if (isName(key, others[i]!)) return true
  return false
}

/** The key under which the user has set a header; one that is set to nothing is not set. */
function keyOf(headers: Plain, name: string): string | undefined {
  for (const key in headers) if (isName(key, name) && headers[key] !== undefined) return key
  return undefined
}

/** The length decides nearly always, so that most names are never lower-cased. */
function isName(key: string, name: string): boolean {
  return key.length === name.length && (key === name || key.toLowerCase() === name)
}
