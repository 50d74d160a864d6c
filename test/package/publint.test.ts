import { readFileSync } from 'node:fs'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { describe, expect, inject, it } from 'vitest'

describe.each(inject('published'))('$name as it is published', ({ tarball }) => {
  it('has no mistake that publint knows', async () => {
    const { buffer, byteOffset, byteLength } = readFileSync(tarball)
    const packed = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
    const { messages, pkg } = await publint({ pack: { tarball: packed }, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
  })
})
