const LONGEST = 200
const MOST_NAMES = 20

/** What an event holds, as plain data of bounded size: an error by its message, of a list the first 20. */
export function plainFact(value: unknown): string | number | boolean | readonly string[] | undefined {
  if (value === undefined || typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.slice(0, MOST_NAMES).map((each) => cut(String(each)))
  return cut(value instanceof Error ? value.message : String(value))
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
