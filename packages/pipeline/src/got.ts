const longest = 60

/** What was given, short enough for a line, in words where it is no plain value. */
export function gotText(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return cut(JSON.stringify(value))
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  const keys = Object.keys(value)
  return keys.length === 0 ? 'an empty object' : cut(`{ ${keys.join(', ')} }`)
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 2)}…${text.at(-1)}`
}
