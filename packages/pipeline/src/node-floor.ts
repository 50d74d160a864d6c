/** The oldest Node that inmesh is tested on, as its `engines` say. */
const FLOOR = { major: 22, minor: 19 } as const

/**
 * Why inmesh does not run on this Node, in one sentence; undefined where it does. Only an older Node is refused: what is
 * newer than the tests, or imitates Node and says how old it is, gets its chance.
 */
export function tooOld(version: string | undefined): string | undefined {
  if (version === undefined) return undefined
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > FLOOR.major || (major === FLOOR.major && minor >= FLOOR.minor)) return undefined
  return `inmesh needs Node.js ${FLOOR.major}.${FLOOR.minor} or newer (22, 24, or 26 and later), and this is ${version}: update Node.js, or keep the version of inmesh that you had.`
}
