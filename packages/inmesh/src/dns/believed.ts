import { isDeepStrictEqual } from 'node:util'
import type { EndpointConfig } from '../config/service/endpoints.ts'

/**
 * The addresses that are believed in: everyone that an answer has named, until so many answers in a row lack it. A server
 * that answers with a part of a long list, or one bad answer, takes nobody out.
 */
export class Believed {
  private readonly removeAfter: number
  private readonly known = new Map<string, { endpoint: EndpointConfig; missed: number }>()
  private list: readonly EndpointConfig[] = []

  constructor(removeAfter: number) {
    this.removeAfter = removeAfter
  }

  /** Answers the whole list: the very same one where the answer has changed nothing. */
  learn(answer: readonly EndpointConfig[]): readonly EndpointConfig[] {
    const named = new Set(answer.map(({ url }) => url))
    for (const endpoint of answer) this.known.set(endpoint.url, { endpoint, missed: 0 })
    for (const [url, entry] of this.known) {
      if (!named.has(url) && ++entry.missed >= this.removeAfter) this.known.delete(url)
    }
    const list = [...this.known.values()].map(({ endpoint }) => endpoint)
    if (!isDeepStrictEqual(list, this.list)) this.list = list
    return this.list
  }
}
