import type { Dispatcher } from 'undici'

export type RequestHeaders = Dispatcher.DispatchOptions['headers']

/** Names on the wire; the grammar of each stands in docs/wire.md. */
export const remainingHeader = 'x-envoy-expected-rq-timeout-ms'
export const attemptHeader = 'x-envoy-attempt-count'
export const refusedHeader = 'inmesh-refused'
export const truncatedHeader = 'inmesh-truncated'

type Pairs = Iterable<readonly [string, string | string[] | undefined]>

/** Any form undici takes, walked as pairs. */
export function* pairsOf(headers: RequestHeaders): Generator<[string, string | string[] | undefined]> {
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
    if (key.length === name.length && key.toLowerCase() === name) return Array.isArray(value) ? value[0] : value
  }
  return undefined
}

/**
 * The user's headers with ours behind them; a name that the user has set stays his, unless `shrinks` says that ours may
 * replace a larger number. A new object each time: the user's own is never written to.
 */
export function withHeaders(headers: RequestHeaders, extra: readonly string[]): string[] | Record<string, string | string[] | undefined> {
  const plain = headers != null && !Array.isArray(headers) && !(Symbol.iterator in headers)
  const out: Record<string, string | string[] | undefined> = {}
  const flat: string[] = []
  for (const [name, value] of pairsOf(headers)) {
    if (value === undefined) continue
    const replaced = overrides(name, value, extra)
    if (plain) out[name] = replaced
    else if (Array.isArray(replaced)) for (const one of replaced) flat.push(name, one)
    else flat.push(name, replaced)
  }
  for (let i = 0; i < extra.length; i += 2) {
    const name = extra[i] as string
    if (headerOf(headers, name) !== undefined) continue
    if (plain) out[name] = extra[i + 1] as string
    else flat.push(name, extra[i + 1] as string)
  }
  return plain ? out : flat
}

/** Remaining time only ever shrinks, even where the user has set it. */
function overrides(name: string, value: string | string[], extra: readonly string[]): string | string[] {
  if (name.length !== remainingHeader.length || name.toLowerCase() !== remainingHeader) return value
  const at = extra.indexOf(remainingHeader)
  const ours = at < 0 ? undefined : extra[at + 1]
  return ours !== undefined && !(Number(value) <= Number(ours)) ? ours : value
}
