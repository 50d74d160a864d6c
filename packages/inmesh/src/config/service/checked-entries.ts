import { clean } from '../check/clean.ts'
import { ConfigError } from '../check/config-error.ts'
import { mistakesOf } from '../check/issues.ts'
import type { Mistake } from '../check/mistake.ts'
import { endpointEntry, endpointList, type EndpointEntry } from './endpoints.ts'

type Checked = { readonly entries: readonly EndpointEntry[]; readonly error: undefined } | { readonly entries: undefined; readonly error: ConfigError }

/**
 * A list that came from a source: other people's data. Twice the same address is no mistake here, since discovery often
 * says so; an empty list is, since it is mostly discovery that has lost its way, and nobody could be called.
 */
export function checkedEntries(list: unknown): Checked {
  const mistakes: Mistake[] = []
  const data = clean(list, mistakes, ['endpoints'])
  const parsed = endpointList.safeParse(data, { jitless: true })
  if (!parsed.success) mistakes.push(...mistakesOf(parsed.error.issues, { endpoints: data }, ['endpoints']))
  if (!parsed.success || mistakes.length > 0) return { entries: undefined, error: new ConfigError(mistakes) }
  return { entries: parsed.data.map(endpointEntry), error: undefined }
}
