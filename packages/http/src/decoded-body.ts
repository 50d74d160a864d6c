import type { IncomingHttpHeaders } from 'node:http'
import zlib from 'node:zlib'

// The module as a whole: a name that an older Node does not have would fail before the sentence that says so.
const { constants } = zlib

/** A few bytes may unfold to a thousand times as many. */
const unfolds = 16
const least = 64 * 1024

/**
 * The first bytes of a body as its caller reads them: `fetch` asks for compression by itself, and nobody who looks for a
 * code in a body expects gzip. What was cut off is decoded as far as it goes; what cannot be decoded is empty, and what
 * unfolds beyond sixteen times `maxBytes` too; an encoding that is not known is left as it is.
 */
export function decodedBody(headers: IncomingHttpHeaders, copied: readonly Buffer[], maxBytes: number): Buffer {
  const body = Buffer.concat(copied)
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? ''
  if (encoding === '' || encoding === 'identity' || body.length === 0) return body
  const maxOutputLength = Math.max(least, unfolds * maxBytes)
  try {
    if (encoding === 'gzip' || encoding === 'x-gzip' || encoding === 'deflate') return cut(zlib.unzipSync(body, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength }), maxBytes)
    if (encoding === 'br') return cut(zlib.brotliDecompressSync(body, { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength }), maxBytes)
    if (encoding === 'zstd') return cut(zlib.zstdDecompressSync(body, { finishFlush: constants.ZSTD_e_flush, maxOutputLength }), maxBytes)
  } catch {
    return Buffer.alloc(0)
  }
  return body
}

function cut(body: Buffer, maxBytes: number): Buffer {
  return body.subarray(0, maxBytes)
}
