/** What is needed of a client, whichever it is: one script on one key. Connecting and closing are the user's. */
export interface Adapter {
  /** The package that the client is of. */
  readonly client: 'ioredis' | 'redis'
  /** Whether a command would be sent now. One that only waits in the client for a connection would be run late, as if it were fresh. */
  ready(): boolean
  evalsha(sha: string, key: string, args: readonly string[]): Promise<unknown>
  eval(text: string, key: string, args: readonly string[]): Promise<unknown>
  /**
   * Hears the client's errors without being one of its listeners of `error`: a client behaves as if nobody had listened.
   * Answers what ends it.
   */
  watch(hear: (error: unknown) => void): () => void
}
