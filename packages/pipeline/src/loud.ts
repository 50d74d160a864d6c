/** What an operator must hear of even when nobody observes: a bug in a policy, an interceptor compiled out. */
export function loud(message: string, error?: unknown): void {
  process.emitWarning(`${message}${error instanceof Error ? `: ${error.stack ?? error.message}` : ''}`, { type: 'InmeshWarning' })
}
