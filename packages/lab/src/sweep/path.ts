/** `contenders[inmesh].policy.timeout` as its parts: names, numbers, and what stands in brackets by name. */
export function partsOf(path: string): string[] {
  return path
    .replaceAll(/\[([^\]]+)\]/g, '.$1')
    .split('.')
    .filter((part) => part !== '')
}

/** A copy of a scenario with another value at a path. Objects on the way are made; an entry of a list must be there. */
export function withValue(input: unknown, path: string, value: unknown): unknown {
  return change(input, partsOf(path), value, path)
}

function change(input: unknown, [part, ...rest]: readonly string[], value: unknown, path: string): unknown {
  if (part === undefined) return value
  if (Array.isArray(input)) {
    const at = indexOf(input, part)
    if (at === -1)
      throw new PathError(
        path,
        part,
        input.map((each, index) => nameOf(each) ?? String(index))
      )
    return input.map((each, index) => (index === at ? change(each, rest, value, path) : each))
  }
  // A file cannot reach prototypes: what is made has none of these keys of its own.
  if (part === '__proto__' || part === 'constructor') throw new PathError(path, part, ['another name'])
  const object = typeof input === 'object' && input !== null ? input : {}
  return { ...object, [part]: change(Reflect.get(object, part), rest, value, path) }
}

function indexOf(list: readonly unknown[], part: string): number {
  const at = /^\d+$/.test(part) ? Number(part) : list.findIndex((each) => nameOf(each) === part)
  return at < list.length ? at : -1
}

/** What an entry of a list is called: a fault and a contender by name, a contender without one by its peer. */
function nameOf(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined
  const name: unknown = Reflect.get(entry, 'name') ?? Reflect.get(entry, 'peer')
  return typeof name === 'string' ? name : undefined
}

export class PathError extends Error {
  readonly got: string
  readonly accepted: string

  constructor(path: string, part: string, known: readonly string[]) {
    super(`${path}: no ${part}; accepted: ${known.join(', ')}`)
    this.name = 'PathError'
    this.got = JSON.stringify(part)
    this.accepted = known.join(', ')
  }
}
