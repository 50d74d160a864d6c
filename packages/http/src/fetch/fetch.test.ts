import { describe, expect, test } from 'vitest'
import { answer, bodyOf, rig, serve } from '../rig.test-support.ts'

interface Seen { readonly method: string | undefined; readonly mine: unknown; readonly type: unknown; readonly body: string }

/** Sends by the governed `fetch` and by the built-in one, and answers what the callee saw of each. */
async function bothSee(input: (url: string) => string | Request, init: (url: string) => RequestInit): Promise<readonly [Seen, Seen]> {
  const { url } = await serve((request, response) => void bodyOf(request).then((body) => {
    const type = request.headers['content-type']?.replace(/boundary=.*/, 'boundary')
    answer(response, 200, JSON.stringify({ method: request.method, mine: request.headers['x-mine'], type, body: body.replaceAll(/formdata-undici-\d+/g, 'boundary') }))
  }))
  const { fetch: governed } = rig([url])
  const ours = await (await governed(input(url), init(url))).json() as Seen
  return [ours, await (await fetch(input(url), init(url))).json() as Seen]
}

const posted = (url: string): Request => new Request(url, { method: 'POST', headers: { 'x-mine': '1', 'content-type': 'text/mine' }, body: 'order' })

describe('a Request with options beside it', () => {
  const nothing: object = { method: undefined, headers: undefined, body: undefined, signal: undefined }

  test('is not changed by options that are not set, nor its body by null', async () => {
    for (const init of [nothing, { body: null }]) {
      const [ours, builtIn] = await bothSee(posted, () => init)
      expect(ours).toEqual({ method: 'POST', mine: '1', type: 'text/mine', body: 'order' })
      expect(ours).toEqual(builtIn)
    }
  })

  test('is still cancelled by its own signal', async () => {
    const { fetch: governed } = rig([])
    const reason = new Error('gone')
    await expect(governed(new Request('http://catalog/', { signal: AbortSignal.abort(reason) }), nothing)).rejects.toBe(reason)
  })

  test('keeps its headers when a form takes the place of its body', async () => {
    const form = (): RequestInit => {
      const body = new FormData()
      body.set('file', new File(['data'], 'f.txt'))
      return { body }
    }
    const bare = (url: string): Request => new Request(url, { method: 'POST', headers: { 'x-mine': '1' } })
    const [ours, builtIn] = await bothSee(bare, form)
    expect(ours).toMatchObject({ method: 'POST', mine: '1', type: 'multipart/form-data; boundary' })
    expect(ours).toEqual(builtIn)
  })

  test('may itself be the options', async () => {
    const [ours, builtIn] = await bothSee((url) => url, posted)
    expect(ours).toEqual({ method: 'POST', mine: '1', type: 'text/mine', body: 'order' })
    expect(ours).toEqual(builtIn)
  })
})
