import { createHash } from 'node:crypto'
import type { Adapter } from '../clients/adapter.ts'

/** A Lua script by its digest. Every script of ours has one key. */
export class Script {
  readonly text: string
  readonly sha: string

  constructor(text: string) {
    this.text = text.trim()
    this.sha = createHash('sha1').update(this.text).digest('hex')
  }

  /** A server that does not know it, since it is new, was restarted or flushed its scripts, is told the text, and knows it from then on. */
  async run(adapter: Adapter, key: string, args: readonly string[]): Promise<unknown> {
    try {
      return await adapter.evalsha(this.sha, key, args)
    } catch (error) {
      if (!isUnknownScript(error)) throw error
      return adapter.eval(this.text, key, args)
    }
  }
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}
