import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { tooOld } from './node-floor.ts'

describe('the oldest Node', () => {
  it.each(['0.12.18', '18.20.8', '20.20.2', '21.7.3', '22.0.0', '22.18.0'])('refuses %s in one sentence that names both versions', (version) => {
    const sentence = tooOld(version)
    expect(sentence).toMatch(/^inmesh needs Node\.js 22\.19 or newer/)
    expect(sentence).toContain(`this is ${version}`)
    expect(sentence).not.toContain('\n')
  })

  it.each(['22.19.0', '22.23.3', '23.1.0', '24.0.0', '26.10.0', '30.0.0'])('lets %s in', (version) => {
    expect(tooOld(version)).toBeUndefined()
  })

  it('leaves alone what does not say that it is Node', () => {
    expect(tooOld(undefined)).toBeUndefined()
  })

  it('is what the package says of itself', () => {
    const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { engines: { node: string } }
    expect(engines.node).toMatch(/^\^22\.19\.0 /)
  })
})
