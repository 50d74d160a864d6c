export type Path = readonly (string | number)[]

/** As one would write it in code: `services.catalog.endpoints[0].url`, `services["my catalog"]`. */
export function pathText(path: Path): string {
  let text = ''
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`
    else if (/^[\w$-]+$/.test(key)) text += text === '' ? key : `.${key}`
    else text += `[${JSON.stringify(key)}]`
  }
  return text === '' ? 'the configuration' : text
}

/** What stands at a path of plain data; own properties only. */
export function valueAt(root: unknown, path: Path): unknown {
  let at = root
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = Reflect.get(at, key)
  }
  return at
}
