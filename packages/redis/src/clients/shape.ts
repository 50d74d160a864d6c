export function hasMethods(client: object, ...names: readonly string[]): boolean {
  return names.every((name) => typeof (client as Readonly<Record<string, unknown>>)[name] === 'function')
}
