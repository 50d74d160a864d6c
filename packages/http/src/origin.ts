const normalised = new Map<string, string>()

/** Whoever makes requests chooses their origins: past so many they are parsed each time rather than kept. */
const mostKept = 1000

/** The origin as `URL` writes it, so that a trailing slash or an explicit default port does not hide a service. */
export function originOf(origin: string | URL | undefined): string | undefined {
  if (origin === undefined) return undefined
  if (typeof origin !== 'string') return origin.origin
  const known = normalised.get(origin)
  if (known !== undefined) return known
  const { origin: plain } = URL.parse(origin) ?? { origin }
  if (normalised.size < mostKept) normalised.set(origin, plain)
  return plain
}
