import { DO_NOT_RETRY_HEADER, REFUSED_HEADER, type Outcome } from '@inmesh/policy'
import type { IncomingHttpHeaders } from 'node:http'
import { classifyReply } from './classify.ts'

/** What a reply says beyond its status. */
const names = ['retry-after', DO_NOT_RETRY_HEADER, REFUSED_HEADER] as const

/**
 * Facts about an error that an HTTP client throws for a reply, by its shape: axios and ky have `error.response.status`, got
 * `error.response.statusCode`. For `wrap(fn, { classify: classifyHttpError })`: a 503 may then be retried and counts
 * against its endpoint, a 404 does not. Undefined for an error without a reply, which leaves it to the codes of sockets.
 */
export function classifyHttpError(error: unknown): Outcome | undefined {
  const response = objectIn(error, 'response')
  const status = numberIn(response, 'status') ?? numberIn(response, 'statusCode')
  if (response === undefined || status === undefined) return undefined
  const outcome = classifyReply(status, headersOf(objectIn(response, 'headers')), undefined, Date.now)
  return outcome.kind === 'failure' ? { ...outcome, cause: error } : outcome
}

type Fields = Readonly<Record<string, unknown>>

function objectIn(from: unknown, name: string): Fields | undefined {
  const value = typeof from === 'object' && from !== null ? (from as Fields)[name] : undefined
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined
}

function numberIn(from: Fields | undefined, name: string): number | undefined {
  const value = from?.[name]
  return typeof value === 'number' && value >= 100 && value < 600 ? value : undefined
}

/** Plain fields, or a class with `get` (`Headers`, axios's own). */
function headersOf(headers: Fields | undefined): IncomingHttpHeaders {
  const get = headers?.['get']
  const found = names.map((name) => [name, typeof get === 'function' ? (get.call(headers, name) as unknown) : headers?.[name]] as const)
  return Object.fromEntries(found.filter(([, value]) => typeof value === 'string')) as IncomingHttpHeaders
}
