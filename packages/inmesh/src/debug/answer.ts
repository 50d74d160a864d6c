/** What is answered, whole before a byte of it is sent: a mistake in making it can still become a 500. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export function json(value: unknown): Answer {
  return { status: 200, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value, undefined, 2)}\n` }
}

/** Why there is nothing else, in one sentence. */
export function sentence(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n`, headers }
}
