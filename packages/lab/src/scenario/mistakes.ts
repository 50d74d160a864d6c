import { z } from 'zod'

/** One thing wrong with a scenario. */
export interface Mistake {
  /** Where: `faults[2].replica`. */
  readonly path: string
  readonly got: string
  readonly accepted: string
}

/** Every mistake of a scenario at once, so that nobody fixes them one run at a time. */
export class ScenarioError extends Error {
  readonly code = 'INMESH_LAB_SCENARIO'
  readonly mistakes: readonly Mistake[]

  constructor(source: string, mistakes: readonly Mistake[]) {
    super(
      `${source} has ${mistakes.length} mistake${mistakes.length === 1 ? '' : 's'}\n${mistakes.map(line).join('\n')}`
    )
    this.name = 'ScenarioError'
    this.mistakes = mistakes
  }
}

function line({ path, got, accepted }: Mistake): string {
  return `  ${path === '' ? '(top)' : path}: got ${got}; accepted: ${accepted}`
}

export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`))
    .join('')
}

export function formatGot(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** What the schema would have taken where this issue is, in words. */
export function acceptedBy(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return article(String(issue.expected))
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' | ')
    case 'too_small':
      return bound(issue.origin, issue.inclusive === false ? '>' : '>=', issue.minimum)
    case 'too_big':
      return bound(issue.origin, issue.inclusive === false ? '<' : '<=', issue.maximum)
    case 'unrecognized_keys':
      return knownKeys(issue.inst).join(', ')
    case 'invalid_union':
      return Array.isArray(issue['options'])
        ? issue['options'].map((value) => JSON.stringify(value)).join(' | ')
        : undefined
    case 'invalid_format':
      return issue.format === 'starts_with' ? `text that starts with ${JSON.stringify(issue['prefix'])}` : undefined
    default:
      return undefined
  }
}

function article(type: string): string {
  if (type === 'int') return 'a whole number'
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`
}

function bound(origin: string, sign: string, limit: number | bigint): string {
  if (origin === 'array') return `${sign} ${limit} entries`
  return origin === 'string' ? `${sign} ${limit} characters` : `${sign} ${limit}`
}

function knownKeys(inst: unknown): string[] {
  return inst instanceof z.ZodObject ? Object.keys(inst.shape) : []
}

/** One mistake per issue, and per unknown key: its path is the key's own. */
export function toMistakes(issue: z.core.$ZodIssue): Mistake[] {
  if (issue.code !== 'unrecognized_keys') {
    return [{ path: formatPath(issue.path), got: formatGot(valueAt(issue)), accepted: issue.message }]
  }
  const known = issue.message.split(', ')
  return issue.keys.map((key) => ({
    path: formatPath([...issue.path, key]),
    got: 'an unknown key',
    accepted: `${didYouMean(key, known)}${issue.message}`
  }))
}

function valueAt(issue: z.core.$ZodIssue): unknown {
  // A wrong discriminator is reported at its key, with the whole object as the input.
  const [last] = issue.path.slice(-1)
  if (issue.code !== 'invalid_union' || !('discriminator' in issue) || typeof issue.input !== 'object')
    return issue.input
  return issue.input === null || last === undefined ? issue.input : Reflect.get(issue.input, last)
}

function didYouMean(key: string, known: readonly string[]): string {
  const near = known.find((each) => distance(key.toLowerCase(), each.toLowerCase()) <= 2)
  return near === undefined ? '' : `${near}? Known here: `
}

/** Levenshtein's edit distance, by the two-row method (Wagner & Fischer 1974). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
