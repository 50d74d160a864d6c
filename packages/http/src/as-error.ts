/** What was thrown, or given as a reason, as the error that undici's handlers are told. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown })
}
