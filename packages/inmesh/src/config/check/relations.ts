import { nearest, parseDuration, rateTogether, slotsTogether } from '@inmesh/pipeline'
import { CODES, isCode, statusIn } from '@inmesh/policy'
import { isPlain, type Plain } from '../plain.ts'
import { bareUrl } from '../service/url.ts'
import { balanceRelations } from './balance.ts'
import { wrongValue, type Mistake } from './mistake.ts'
import { pathText, valueAt, type Path } from './path.ts'

// What must hold between options. Looked for whatever else is wrong, and therefore tolerant: what is not of its kind is
// passed over here and told by the schema.

export function relations(input: unknown): Mistake[] {
  const services = valueAt(input, ['services'])
  if (!isPlain(services)) return []
  const owners = new Map<string, Path>()
  return Object.entries(services).flatMap(([name, service]) => {
    const path: Path = ['services', name]
    if (!isPlain(service)) return nameOf(name, path, service)
    return [
      ...nameOf(name, path, service),
      ...reachable(service, path, services),
      ...origins(service, path, owners),
      ...endpoints(service, path),
      ...dnsRelations(service['endpoints'], [...path, 'endpoints']),
      ...tls(service, path),
      ...balanceRelations(service, path),
      ...order(service, path),
      ...codeNames(service, path),
      ...healthAsked(service, path),
      ...retriedCodes(service, path),
      ...scoped(service, path),
    ]
  })
}

function nameOf(name: string, path: Path, service: unknown): Mistake[] {
  return /^[^\s\p{Cc}][^\p{Cc}]{0,199}$/u.test(name) ? [] : [wrongValue(path, service, 'a name of 1 to 200 characters, on one line')]
}

/** A service that is nowhere is mostly a slip in the name of one that is somewhere, made in an overlay. */
function reachable(service: Plain, path: Path, services: Plain): Mistake[] {
  if ('endpoints' in service || 'origins' in service) return []
  const meant = nearest(String(path.at(-1)), Object.keys(services).filter((name) => services[name] !== service))
  const accepted = "where the service is: a list such as ['http://10.0.0.1:8080'], or origins"
  return [wrongValue([...path, 'endpoints'], undefined, accepted, meant && pathText(['services', meant]))]
}

function origins(service: Plain, path: Path, owners: Map<string, Path>): Mistake[] {
  return listed(service, 'origins').flatMap((text, index) => {
    const at: Path = [...path, 'origins', index]
    const url = bareUrl(text)
    if (url === undefined) return []
    const owner = owners.get(url.origin)
    owners.set(url.origin, owner ?? at)
    return owner === undefined ? [] : [wrongValue(at, text, `an origin that no other service has; ${pathText(owner)} is the same`)]
  })
}

function endpoints(service: Plain, path: Path): Mistake[] {
  const seen = new Map<string, Path>()
  return addresses(service).flatMap(({ text, index }) => {
    const at: Path = [...path, 'endpoints', index]
    const url = bareUrl(text)
    if (url === undefined) return []
    const first = seen.get(url.origin)
    seen.set(url.origin, first ?? at)
    return first === undefined ? [] : [wrongValue(at, text, `each endpoint once; ${pathText(first)} is the same`)]
  })
}

/** A check asks something, and one thing. */
function healthAsked(service: Plain, path: Path): Mistake[] {
  const health = valueAt(service, ['policy', 'health'])
  if (!isPlain(health)) return []
  const asked = ['path', 'grpc'].filter((name) => health[name] !== undefined)
  if (asked.length === 1) return []
  const at: Path = [...path, 'policy', 'health']
  return asked.length === 0
    ? [wrongValue([...at, 'path'], undefined, "a path such as '/healthz', or grpc: a service such as 'shop.Catalog'")]
    : [wrongValue([...at, 'grpc'], health['grpc'], 'path or grpc, not both')]
}

/** What of a limit means nothing in its scope. */
function scoped(service: Plain, path: Path): Mistake[] {
  return ([['limit', rateTogether], ['concurrency', slotsTogether]] as const).flatMap(([policy, together]) => {
    const given = valueAt(service, ['policy', policy])
    return isPlain(given) ? together(given).map(([name, accepted]) => wrongValue([...path, 'policy', policy, name], given[name], accepted)) : []
  })
}

/** Only who asks servers himself can be told which. */
export function dnsRelations(config: unknown, path: Path): Mistake[] {
  if (!isPlain(config) || config['servers'] === undefined) return []
  const { resolver, servers } = config
  return resolver === undefined || resolver === 'dns' ? [] : [wrongValue([...path, 'servers'], servers, "nothing, or resolver: 'dns', which asks them")]
}

function addresses(service: Plain): { text: unknown; index: number }[] {
  return listed(service, 'endpoints').map((item, index) => ({ text: isPlain(item) ? item['url'] : item, index }))
}

function tls(service: Plain, path: Path): Mistake[] {
  const tls = service['tls']
  if (!isPlain(tls)) return []
  const at: Path = [...path, 'tls']
  const mistakes: Mistake[] = []
  if ('cert' in tls && !('key' in tls)) mistakes.push(wrongValue([...at, 'key'], undefined, 'the private key of cert'))
  if ('key' in tls && !('cert' in tls)) mistakes.push(wrongValue([...at, 'cert'], undefined, 'the certificate of key'))
  const name = isPlain(service['endpoints']) ? [service['endpoints']['dns']].filter((text) => text !== undefined) : []
  const urls = [...name, ...addresses(service).map(({ text }) => text), ...('endpoints' in service ? [] : listed(service, 'origins'))].map(bareUrl)
  const plain = urls.length > 0 && urls.every((url) => url?.protocol === 'http:')
  if (plain) mistakes.push(wrongValue(at, tls, 'https in the URLs of the endpoints: with http, TLS is not used'))
  return mistakes
}

const ordered: readonly (readonly [Path, shorter: string, longer: string])[] = [
  [['policy', 'timeout'], 'perTry', 'total'],
  [['policy', 'retry', 'backoff'], 'min', 'max'],
  [['policy', 'eject'], 'baseTime', 'maxTime'],
  [['policy', 'health'], 'timeout', 'interval'],
  [['policy', 'concurrency'], 'min', 'max'],
  [['http'], 'keepAliveTimeout', 'keepAliveMaxTimeout'],
]

/** The greater of two bounds the lesser, be they times or numbers: one above it would never come to be, and was probably meant to be the other. */
function order(service: Plain, path: Path): Mistake[] {
  return ordered.flatMap(([where, shorter, longer]) => {
    const value = valueAt(service, [...where, shorter])
    const bound = valueAt(service, [...where, longer])
    const [ms, most] = [parseDuration(value), parseDuration(bound)]
    if (ms === undefined || most === undefined || ms <= most) return []
    return [wrongValue([...path, ...where, shorter], value, `at most ${longer}, which is ${JSON.stringify(bound)}`)]
  })
}

/** Any text may be a business code, so a slip in a known one, or a class of statuses, would be in force for nothing. */
function codeNames(service: Plain, path: Path): Mistake[] {
  const table = valueAt(service, ['policy', 'reweight', 'codes'])
  if (!isPlain(table)) return []
  return Object.entries(table).flatMap(([code, value]) => {
    const at: Path = [...path, 'policy', 'reweight', 'codes', code]
    if (/^\d{3}$/.test(code)) return Number(code) >= 100 && Number(code) < 600 ? [] : [wrongValue(at, value, 'a status from 100 to 599')]
    if (/^\d[xX*]{2}$/.test(code)) return [wrongValue(at, value, 'single statuses, such as 503: classes of them are not known')]
    if (code === '') return [wrongValue(at, value, 'a status, a code or a business code')]
    const meant = isCode(code) ? undefined : nearest(code, CODES)
    return meant === undefined ? [] : [wrongValue(at, value, 'a status, a code, or a business code unlike any code', meant)]
  })
}

/** Likewise for what may be retried; and a status that is no failure would never be. */
function retriedCodes(service: Plain, path: Path): Mistake[] {
  const list = valueAt(service, ['policy', 'retry', 'codes'])
  if (!Array.isArray(list)) return []
  return list.flatMap((code: unknown, index) => {
    const at: Path = [...path, 'policy', 'retry', 'codes', index]
    if (Number.isInteger(code) || typeof code === 'string' && /^\d{3}$/.test(code)) return isFailure(statusIn(code as number | string)) ? [] : [wrongValue(at, code, failures)]
    if (typeof code !== 'string' || isCode(code)) return []
    if (/^\d[xX*]{2}$/.test(code)) return [wrongValue(at, code, 'single statuses, such as 503: classes of them are not known')]
    const meant = nearest(code, CODES)
    return meant === undefined ? [] : [wrongValue(at, code, 'a code, or a business code unlike any code', meant)]
  })
}

const failures = '429, or a status from 500 to 599: any other is a success of the endpoint, unless classify names a code for it'

function isFailure(status: number | undefined): boolean {
  return status !== undefined && (status === 429 || status >= 500)
}

function listed(service: Plain, key: string): readonly unknown[] {
  const value = service[key]
  return Array.isArray(value) ? value : []
}
