import { ServerCore, type Headers, type InboundCall } from '@inmesh/server'
import { seededRandom } from '@inmesh/testing'
import { max, median, min } from 'simple-statistics'
import type { Row } from '../report/result.ts'
import { HeaderSetCall } from './header-set-call.ts'

const sets = 1_000_000
const block = 10_000
const names = ['grpc-timeout', 'connect-timeout-ms', 'x-envoy-expected-rq-timeout-ms', 'x-envoy-upstream-rq-timeout-ms', 'x-envoy-attempt-count', 'grpc-previous-rpc-attempts', 'inmesh-attempt', 'inmesh-criticality', 'x-forwarded-for', 'x-forwarded-client-cert', 'x-tenant-id']
const pieces = ['0', '1', '-1', '1e3', '0x10', '99999999999', '250m', '1S', '99999999H', 'NaN', 'retry', 'retry;after=overload', 'backup', ';after=', 'CRITICAL', 'critical_plus', 'SHEDDABLE', '__proto__', '10.0.0.1', '::1', 'URI=spiffe://a', 'Subject="CN=b,O=\\"c\\""', '"', '\\', ',', ';', '=', ' ', '\t', '\u0000', '\uD800', 'é']

/**
 * A million sets of headers that anybody could send, through everything that reads them. A throw would end the bench; how
 * long a block takes beside ordinary headers says whether anything can be made slow.
 */
export function fuzz(): { readonly rows: readonly Row[]; readonly note: string } {
  const random = seededRandom(1)
  // The connection is a trusted proxy's, so that what only proxies may say is read, too.
  const core = new ServerCore('bench', undefined, { admission: false, trust: ['10.0.0.0/8'], limits: [{ rate: 1e9, key: 'caller' }, { rate: 1e9, key: 'tenant' }] })
  const ordinary: Headers = { 'x-envoy-expected-rq-timeout-ms': '300', 'inmesh-criticality': 'SHEDDABLE', 'x-forwarded-for': '1.2.3.4', 'x-forwarded-client-cert': 'Hash=ab;URI=spiffe://prod/web' }
  const costs: { fuzzed: number[]; ordinary: number[] } = { fuzzed: [], ordinary: [] }
  let worst = 0
  for (let done = 0; done < sets; done += block) {
    const headers = Array.from({ length: block }, () => headerSet(() => random.next()))
    costs.ordinary.push(timed(core, headers.map(() => ordinary)).mean)
    const { mean, longest } = timed(core, headers)
    costs.fuzzed.push(mean)
    worst = Math.max(worst, longest)
  }
  const believed = core.inspect()
  core.close()
  const rows = [rowOf('ordinary', costs.ordinary), rowOf('fuzzed', costs.fuzzed)]
  const ignored = Object.values(believed.ignored).reduce((sum, count) => sum + count, 0)
  return { rows, note: `${sets} fuzzed header sets: no exception, ${ignored} values ignored and counted; the longest single one took ${worst.toFixed(2)} ms, collections and this machine's other work included` }
}

function timed(core: ServerCore, headers: readonly Headers[]): { readonly mean: number; readonly longest: number } {
  let longest = 0
  const begun = performance.now()
  let last = begun
  for (const one of headers) {
    const call: InboundCall = new HeaderSetCall(core, one)
    core.begin(call)
    call.closed(true, 200)
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  return { mean: ((last - begun) * 1000) / headers.length, longest }
}

function headerSet(next: () => number): Headers {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T
  const value = (): string => {
    // Now and then as long as Node lets headers be.
    const length = next() < 0.01 ? 500 + Math.floor(next() * 2_000) : Math.floor(next() * 4)
    return Array.from({ length }, () => pick(pieces)).join('')
  }
  const headers: Record<string, string | string[]> = {}
  for (let left = Math.floor(next() * 6); left > 0; left--) headers[pick(names)] = next() < 0.1 ? [value(), value()] : value()
  return headers
}

function rowOf(contender: string, samples: readonly number[]): Row {
  const all = [...samples]
  return { contender: `headers, ${contender}`, metric: 'us-per-header-set', unit: 'us', median: median(all), min: min(all), max: max(all), runs: all.length }
}
