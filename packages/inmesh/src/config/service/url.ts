import * as z from 'zod'
import { accepting } from '../schema/accepted.ts'

/** Scheme, host and port, nothing behind them: what an origin or an endpoint is. Undefined for anything else. */
export function bareUrl(text: unknown): URL | undefined {
  const url = typeof text === 'string' ? URL.parse(text) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
  const bare = url.username === '' && url.password === '' && url.pathname === '/' && url.search === '' && url.hash === ''
  return bare ? url : undefined
}

const bare = "a URL of scheme, host and port alone, such as 'http://10.0.0.1:8080' (http or https, no path, no credentials)"

export function origin(): z.ZodType<string> {
  return accepting(bare, z.string({ error: bare }).regex(/^https?:\/\//i, { error: bare, abort: true }).refine((text) => bareUrl(text) !== undefined, { error: bare, abort: true }))
}
