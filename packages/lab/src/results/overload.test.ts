import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { OVERLOADS, runOverload } from './overload.ts'

const MINUTE = 60_000

describe('overload', () => {
  it('is run in every scenario that there is of it', () => {
    const files = readdirSync(new URL('../../scenarios/overload/', import.meta.url))
    // On real sockets each takes its time, on a machine that does nothing else.
    expect(files.filter((name) => !name.startsWith('real-')).sort()).toEqual(OVERLOADS.map((name) => `${name}.json`).sort())
  })

  it.each(OVERLOADS)('%s: what is asked for is reached with the server half, and not without', async (name) => {
    const { asked, contenders } = await runOverload(name, 1)
    expect(asked.filter(({ ok }) => !ok)).toEqual([])
    expect(asked.length).toBeGreaterThan(2)
    // The bare one stands beside it, and is not what is asked for: else nothing would have been shown.
    const bare = contenders.indexOf('without')
    expect(asked.map(({ of }) => of)).not.toContain('without')
    expect(asked.some(({ got }, at) => got[bare] !== asked[at]?.got[0])).toBe(true)
  }, MINUTE)
})
