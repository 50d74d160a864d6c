import { checks, isError } from '@inmesh/pipeline'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { sentence, type Answer } from './answer.ts'
import type { Debugged } from './debugged.ts'
import { Knowledge } from './knowledge.ts'
import { askedBy, type Located } from './mount.ts'
import { termsOf, type DebugOptions, type DebugTerms } from './options.ts'
import { STYLE_HASH } from './page/style.ts'
import { redactText } from './redact-text.ts'
import { answerTo } from './routes.ts'

/** A listener of `node:http`, and whatever takes one. */
export interface DebugHandler extends Disposable {
  (request: IncomingMessage, response: ServerResponse): void
  /** Stops recording and forgets what was recorded; requests are answered 503 from then on. Idempotent. */
  close(): void
}

/** For every answer: nobody keeps it, frames it, guesses what it is, or runs anything in it. */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': `default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
}

const mesh: checks.Kind = {
  accepted: 'a mesh, such as createMesh() makes it',
  allows: (value) => typeof value === 'object' && value !== null && typeof Reflect.get(value, 'inspect') === 'function' && typeof Reflect.get(value, 'observe') === 'function' && typeof Reflect.get(value, 'host') === 'object',
}

/**
 * A page, and JSON, that tell how a mesh and the servers around it are and what they decided lately:
 * `createServer(debugHandler(mesh)).listen(9465, '127.0.0.1')`, or `app.use('/debug/inmesh', debugHandler(mesh))`.
 *
 * **It asks nobody who he is.** Without secrets, it tells addresses, names and what is out of order all the same: keep it off
 * every port that others reach.
 *
 * It records from when it is made until it is closed: the latest events of each type, and of what is told for each call a sample.
 * Answers GET and HEAD; a mistake in making an answer is a 500 with a sentence. Throws one `TypeError` that lists every mistake.
 */
export function debugHandler(debugged: Debugged, options: DebugOptions = {}): DebugHandler {
  checks.assertKind('debugHandler: mesh', debugged, mesh)
  const terms = termsOf(options)
  const knowledge = new Knowledge(debugged, terms.keep)
  let isClosed = false
  const close = (): void => {
    isClosed = true
    knowledge.close()
  }
  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    send(response, isClosed ? sentence(503, 'This debug endpoint is closed.') : answerOf(request, knowledge, terms))
  }
  return Object.assign(handler, { close, [Symbol.dispose]: close })
}

function answerOf(request: IncomingMessage, knowledge: Knowledge, { path }: DebugTerms): Answer {
  try {
    const asked = askedBy(request as Located, path)
    if (asked === undefined) return sentence(404, `There is nothing here: the debug endpoint is at ${path}/.`)
    if (request.method !== 'GET' && request.method !== 'HEAD') return sentence(405, 'It only tells: GET and HEAD.', { allow: 'GET, HEAD' })
    return answerTo(asked, knowledge)
  } catch (error) {
    return sentence(500, `The answer could not be made: ${redactText(textOf(error))}.`)
  }
}

/** Of the body of an answer to HEAD `node:http` sends nothing. */
function send(response: ServerResponse, { status, type, body, headers }: Answer): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, { ...HEADERS, ...headers, 'content-type': type, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

function textOf(error: unknown): string {
  return isError(error) ? `${error.name}: ${error.message}` : String(error)
}
