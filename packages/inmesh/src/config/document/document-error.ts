import { InmeshError } from '@inmesh/pipeline'
import { positionText, type Position } from '../check/mistake.ts'
import type { JsonError } from './json-document.ts'

const longestExcerpt = 100

/** A file that cannot be read, or that is not JSON. */
export class DocumentError extends InmeshError {
  /** Where it ceases to be JSON. */
  readonly at: Position | undefined

  private constructor(message: string, advice: string, at: Position | undefined, cause: unknown) {
    super('DocumentError', 'INMESH_CONFIG', message, { service: '', policy: 'config', advice, cause })
    this.at = at
  }

  static unreadable(file: string, cause: unknown): DocumentError {
    return new DocumentError(`${file}: cannot be read (${reasonOf(cause)})`, 'Give the path of a JSON file that this process may read.', undefined, cause)
  }

  static notJson(cause: JsonError, text: string): DocumentError {
    const { at } = cause
    const advice = 'Correct the file there: comments, trailing commas and single quotes are not JSON.'
    return new DocumentError(`${positionText(at)} is not JSON: ${cause.message}${excerpt(text, at)}`, advice, at, cause)
  }
}

function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error)
  const words: Readonly<Record<string, string>> = { ENOENT: 'there is no such file', EACCES: 'permission denied', EISDIR: 'it is a directory' }
  return words[code] ?? code
}

/** The line, with a mark beneath the place. */
function excerpt(text: string, { line, column }: Position): string {
  const whole = (text.split(/\r?\n/)[line - 1] ?? '').replaceAll('\t', ' ')
  if (whole.trim() === '') return ''
  const from = Math.max(0, column - longestExcerpt / 2)
  return `\n  ${whole.slice(from, from + longestExcerpt)}\n  ${' '.repeat(column - 1 - from)}^`
}
