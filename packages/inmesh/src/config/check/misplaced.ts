import { isPlain } from '../plain.ts'
import type { PolicyConfig } from '../policy/policy.ts'
import { valueAt, type Path } from './path.ts'

/** Every policy there is; the compiler refuses a table that lacks one. */
const policies: Readonly<Record<keyof PolicyConfig, true>> = {
  mode: true, criticality: true, timeout: true, balance: true, reweight: true, eject: true, health: true, retry: true, backup: true,
  rescue: true, budget: true, breaker: true, limit: true, concurrency: true, drop: true, fallback: true, guard: true, interceptors: true,
}

/** Where an option that exists, but not there, was meant to stand: a level too high is the commonest slip. */
export function misplacedOption(path: Path, input: unknown): string | undefined {
  const key = String(path.at(-1))
  if (path.length === 3 && Object.hasOwn(policies, key)) return `policy.${key}`
  return path.length === 1 && isService(key, input) ? `services.${key}` : undefined
}

/** By its name, as in a patch, or by what is in it. */
function isService(key: string, input: unknown): boolean {
  if (isPlain(valueAt(input, ['services', key]))) return true
  const value = valueAt(input, [key])
  return isPlain(value) && ('endpoints' in value || 'policy' in value)
}
