import { loud } from '@inmesh/pipeline'
import type { RequestFacts } from './inbound-call.ts'

/** Asks the user's function for a route. One that throws, or answers no text, is told of once and knows none. */
export function routeReader(route: ((request: RequestFacts) => string | undefined) | undefined): (request: RequestFacts) => string | undefined {
  if (route === undefined) return () => undefined
  let told = false
  const tell = (problem: string, error?: unknown): undefined => {
    if (!told) loud(`the option "route" ${problem}; such requests go by what the framework knows, or by their method`, error)
    told = true
    return undefined
  }
  return (request) => {
    try {
      const text: unknown = route(request)
      return text === undefined || typeof text === 'string' ? text : tell(`answered ${typeof text} and no text`)
    } catch (error) {
      return tell('threw', error)
    }
  }
}
