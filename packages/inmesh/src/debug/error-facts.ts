/** What an error says. */
export interface ErrorFacts {
  readonly name: string
  readonly code?: string | number
  readonly message: string
  readonly cause?: unknown
}

/** Not its stack, nor what else was put on it: sockets, replies, requests. The cause is as it is. */
export function errorFacts(error: Error): ErrorFacts {
  const { name, message, cause } = error
  const { code } = error as { readonly code?: unknown }
  return {
    name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message,
    ...(cause === undefined ? {} : { cause }),
  }
}
