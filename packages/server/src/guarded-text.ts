import { loud } from '@inmesh/pipeline'

/** Asks a user's function for a text. One that throws, or answers something else, is told of once (`name`: who; `without`: what comes of it), and knows nothing. */
export function guardedText<T>(ask: (about: T) => string | undefined, name: string, without: string): (about: T) => string | undefined {
  let told = false
  const tell = (problem: string, error?: unknown): undefined => {
    if (!told) loud(`${name} ${problem}; ${without}`, error)
    told = true
    return undefined
  }
  return (about) => {
    try {
      const text: unknown = ask(about)
      return text === undefined || typeof text === 'string' ? text : tell(`answered ${typeof text} and no text`)
    } catch (error) {
      return tell('threw', error)
    }
  }
}
