import { describe, expect, it } from 'vitest'
import { readSweep } from '../sweep/read.ts'
import { readResults, resultsPage } from './page.ts'
import { SWEEPS } from './sweeps.ts'

const FOLDER = new URL('../../results/', import.meta.url)
const kept = readResults(FOLDER)

describe('docs/results.md', () => {
  it('is what the kept results give; `vitest run packages/lab -u` writes it anew', async () => {
    await expect(resultsPage(kept)).toMatchFileSnapshot('../../../../docs/results.md')
  })

  it('says of a cell that was made worse that it is not reached', () => {
    const cells = kept.gray.cells.map((cell) =>
      cell.trouble === 'pauses' && cell.load === 0.7 ? { ...cell, contenders: { ...cell.contenders, inmesh: { ...cell.contenders['inmesh']!, p99: 9_999, seeds: [9_999, 9_998] } } } : cell
    )
    const before = resultsPage(kept).split('\n').length
    expect(resultsPage({ ...kept, gray: { ...kept.gray, cells } }).split('\n').length).toBeGreaterThan(before)
  })
})

describe('what was kept of a sweep', () => {
  it.each(SWEEPS)('%s is of every point that its file has now', (name) => {
    const file = readSweep(new URL(`../../scenarios/sweeps/${name}.json`, import.meta.url).pathname)
    const own = kept.sweeps.find(({ sweep }) => sweep === name)
    expect(own?.points.map(({ labels }) => labels)).toEqual(file.points.map(({ labels }) => labels))
  })
})
