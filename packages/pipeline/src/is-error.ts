/** Also of another realm, such as a test runner's, for which `instanceof` says no. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'
}
