/** One line of JSON for each value; see `Recorder.trace`. */
export function traceOf(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(stable(value, []))}\n`).join('')
}

/** The same content always becomes the same text: keys in order, and nothing of what differs from run to run. */
function stable(value: unknown, above: readonly unknown[]): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value)
  if (typeof value === 'function') return `function ${value.name}`
  if (typeof value !== 'object' || value === null) return value
  if (above.includes(value)) return '(circular)'
  const path = [...above, value]
  if (value instanceof URL) return value.href
  if (value instanceof Error) return stable(errorFacts(value), path)
  if (Array.isArray(value)) return value.map((item) => stable(item, path))
  if (value instanceof Map || value instanceof Set) return stable([...value], path)
  const keys = Object.keys(value).toSorted()
  return Object.fromEntries(keys.map((key) => [key, stable((value as Record<string, unknown>)[key], path)]))
}

function errorFacts(error: Error): object {
  const { name, message, cause } = error
  const { code } = error as { code?: unknown }
  return { name, message, ...(code === undefined ? {} : { code }), ...(cause === undefined ? {} : { cause }) }
}
