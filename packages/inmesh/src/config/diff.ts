import { isDeepStrictEqual } from 'node:util'
import { dnsConfigOf } from '../dns/dns.ts'
import { pathText } from './check/path.ts'
import { isSecret } from './check/secret.ts'
import type { MeshConfig } from './mesh.ts'
import { isOpaque, isPlain, own, type Plain } from './plain.ts'
import { isDnsConfig, type DnsConfig } from './service/dns-config.ts'
import { unfolded } from './unfold.ts'

/** One option that two configurations have differently; a secret is shown as `'(not shown)'`, since changes end up in logs. */
export interface ConfigChange {
  readonly path: readonly string[]
  /** Undefined: it had its default. */
  readonly before: unknown
  /** Undefined: it has its default. */
  readonly after: unknown
}

/** What really stood there, secrets too: for `revertConfig`, and for nobody to print. */
const hidden = new WeakMap<ConfigChange, unknown>()

/**
 * What is different, option by option. A service that only one of them has is one change; so is a list, of whatever
 * length. Functions and sources are the same only when they are the very same.
 */
export function diffConfig(before: MeshConfig, after: MeshConfig): readonly ConfigChange[] {
  const changes: ConfigChange[] = []
  compare(before, after, [], changes)
  return changes
}

/**
 * The configuration with each changed option as it was before; what others have changed since stays, and of a service that
 * is gone nothing comes back.
 */
export function revertConfig(config: MeshConfig, changes: readonly ConfigChange[]): MeshConfig {
  const there = changes.filter(({ path: [root, service, ...option] }) => root !== 'services' || option.length === 0 || Object.hasOwn(config.services, service ?? ''))
  return there.reduce<unknown>((reverted, change) => replaced(reverted, [], change.path, originalOf(change)), config) as MeshConfig
}

/** Such as `services.catalog.policy.drop: 0.1 → 0.3`. */
export function describeChange({ path, before, after }: ConfigChange): string {
  return `${pathText(path)}: ${shown(before)} → ${shown(after)}`
}

function compare(before: unknown, after: unknown, path: readonly string[], changes: ConfigChange[]): void {
  const [left, right] = [branch(before, path), branch(after, path)]
  if (left !== undefined && right !== undefined) {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) compare(own(left, key), own(right, key), [...path, key], changes)
  } else if (!same(before, after, path)) {
    const change = { path, before: veiled(before, path), after: veiled(after, path) }
    hidden.set(change, before)
    changes.push(change)
  }
}

/**
 * What is looked into, option by option. Inside a service an object that is not there is one without options, so that
 * two changes of different options of one policy are never one, and can be undone apart. A whole service is one.
 */
function branch(value: unknown, path: readonly string[]): Plain | undefined {
  if (isOpaque(path)) return undefined
  if (isPlain(value)) return value
  return value === undefined && isEmptyAsAbsent(path) ? {} : undefined
}

/** These need an option, or mean something by being there: empty they are a mistake, or say another thing than absent. */
const telling: ReadonlySet<unknown> = new Set(['limit', 'fallback', 'classifyEnd', 'mode'])

function isEmptyAsAbsent(path: readonly string[]): boolean {
  return path[0] === 'services' && path.length > 2 && !telling.has(path.at(-1)) && path.at(-2) !== 'codes'
}

function same(a: unknown, b: unknown, path: readonly (string | number)[]): boolean {
  if (Object.is(a, b) || sameName(a, b)) return true
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return a.equals(b)
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => same(item, b[index], [...path, index]))
  if (!isPlain(a) || !isPlain(b) || isOpaque(path)) return false
  return [...Object.keys(a), ...Object.keys(b)].every((key) => same(own(a, key), own(b, key), [...path, key]))
}

/** Two lookups of one name, in code or as data. */
function sameName(a: unknown, b: unknown): boolean {
  const [one, other] = [dnsOf(a), dnsOf(b)]
  return one !== undefined && isDeepStrictEqual(one, other)
}

function dnsOf(value: unknown): DnsConfig | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return isDnsConfig(value) ? value : dnsConfigOf(value)
}

function replaced(value: unknown, above: readonly string[], [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to
  const whole = unfolded(above, value)
  const base: Plain = isPlain(whole) ? whole : {}
  const next = replaced(own(base, key), [...above, key], rest, to)
  const others = Object.entries(base).filter(([name]) => name !== key)
  if (next === undefined && others.length === 0 && isEmptyAsAbsent(above)) return undefined
  return Object.fromEntries(next === undefined ? others : [...others, [key, next]])
}

function originalOf(change: ConfigChange): unknown {
  return hidden.has(change) ? hidden.get(change) : change.before
}

function veiled(value: unknown, path: readonly string[]): unknown {
  if (value !== undefined && isSecret(path)) return '(not shown)'
  if (!isPlain(value) || isOpaque(path)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, veiled(item, [...path, key])]))
}

function shown(value: unknown): string {
  if (value === undefined) return 'default'
  return typeof value === 'function' ? 'a function' : JSON.stringify(value, (_, item: unknown) => (typeof item === 'function' ? 'a function' : item))
}
