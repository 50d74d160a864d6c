import { describe, expect, it } from 'vitest'
import { LOAD_DEFAULTS, loadTerms, type LoadOptions } from './options.ts'

describe('the options of a load report', () => {
  it('have defaults, also where an option is undefined', () => {
    expect(loadTerms({})).toEqual(LOAD_DEFAULTS)
    expect(loadTerms({ form: undefined, every: undefined } as unknown as LoadOptions)).toEqual(LOAD_DEFAULTS)
    expect(loadTerms({ form: 'text', every: '1s', over: '1m' })).toEqual({ form: 'text', every: 1_000, over: 60_000 })
  })

  it('that are wrong are refused with every mistake', () => {
    const wrong = { form: 'jsn', every: 1, over: '20m', evry: 3 } as unknown as LoadOptions
    expect(() => loadTerms(wrong)).toThrow(TypeError)
    for (const line of [/load\.form: got "jsn"; did you mean json\?/, /load\.every: got 1 .*from 10 ms to 1 min/, /load\.over: got "20m" .*from 10 ms to 10 min/, /load\.evry: unknown option; did you mean every\?/]) {
      expect(() => loadTerms(wrong)).toThrow(line)
    }
  })
})
