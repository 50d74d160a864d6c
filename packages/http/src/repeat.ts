import type { Repeat } from '@inmesh/policy'
import type { Dispatcher } from 'undici'
import { headerOf } from './headers.ts'

/** What a method promises (RFC 9110 §9.2), where the caller says nothing. */
export function repeatOf(options: Dispatcher.DispatchOptions): Repeat {
  const { method } = options
  // An upgraded connection belongs to its caller; there is nothing to send again.
  if (options.upgrade !== undefined && options.upgrade !== null && options.upgrade !== false) return 'never'
  switch (method) {
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
      return 'concurrent'
    case 'PUT':
    case 'DELETE':
      return 'sequential'
    case 'CONNECT':
      return 'never'
    default:
      return headerOf(options.headers, 'idempotency-key') === undefined ? 'if-unprocessed' : 'sequential'
  }
}
