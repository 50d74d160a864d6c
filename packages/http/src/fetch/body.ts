import { FormData as UndiciFormData } from 'undici'

/** A body that can be sent again, and the body that goes to `fetch` in its place where its own would not do. */
export interface FetchBody {
  /** What each try sends. Undefined: only what `fetch` hands down, once. */
  readonly replay: Buffer | Blob | undefined
  readonly body: unknown
  /** Set unless the caller has set one. */
  readonly contentType: string | undefined
}

/** Forms beyond this are sent once, as they come: nothing is buffered past it. */
const formCap = 1024 * 1024

/**
 * Below `fetch` every body, even a string, is an iterable that can be read once. Whether it can be sent again is known
 * only here, from what the caller passed.
 */
export function fetchBody(body: unknown): FetchBody | Promise<FetchBody> {
  if (body == null) return { replay: undefined, body, contentType: undefined }
  if (typeof body === 'string') return { replay: Buffer.from(body), body, contentType: undefined }
  if (body instanceof URLSearchParams) return { replay: Buffer.from(body.toString()), body, contentType: undefined }
  // `fetch` takes bytes as they are now; a caller may write to his buffer while tries are under way.
  if (body instanceof ArrayBuffer) return { replay: Buffer.from(body.slice(0)), body, contentType: undefined }
  if (ArrayBuffer.isView(body)) return { replay: Buffer.from(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)), body, contentType: undefined }
  if (body instanceof Blob) return { replay: body, body, contentType: undefined }
  if (isForm(body)) return formBody(body)
  return { replay: undefined, body, contentType: undefined }
}

/** By shape: it may be the built-in's or undici's, which know each other's not. */
function isForm(body: unknown): body is FormData {
  return typeof body === 'object' && body !== null && (body as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'FormData'
}

/** Written out once: a boundary is drawn anew each time, so the same form twice would not be the same bytes. */
async function formBody(form: FormData): Promise<FetchBody> {
  if (sizeOf(form) > formCap) return { replay: undefined, body: ours(form), contentType: undefined }
  const written = new Response(builtIn(form))
  const contentType = written.headers.get('content-type') ?? undefined
  const replay = Buffer.from(await written.arrayBuffer())
  return { replay, body: replay, contentType }
}

function sizeOf(form: FormData): number {
  let size = 0
  for (const [, value] of form) size += typeof value === 'string' ? value.length : value.size
  return size
}

function ours(form: FormData): UndiciFormData {
  return copied(form, new UndiciFormData())
}

function builtIn(form: FormData): FormData {
  return form instanceof FormData ? form : copied(form, new FormData())
}

function copied<F extends FormData | UndiciFormData>(form: FormData, copy: F): F {
  for (const [name, value] of form) {
    if (typeof value === 'string') copy.append(name, value)
    else copy.append(name, value, value.name)
  }
  return copy
}
