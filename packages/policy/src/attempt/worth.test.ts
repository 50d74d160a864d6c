import { describe, expect, it } from 'vitest'
import { always } from './chance.test-support.ts'
import { BackupWorth } from './worth.ts'

function after(answers: readonly boolean[]): BackupWorth {
  const worth = new BackupWorth()
  for (const byBackup of answers) worth.answered(byBackup)
  return worth
}

const times = (count: number, byBackup: boolean): boolean[] => Array.from({ length: count }, () => byBackup)

describe('the worth of backups', () => {
  it('is all late calls before anything is known, and then as many as it says', () => {
    expect(new BackupWorth().share).toBe(1)
    const worth = after([false, false])
    expect(worth.share).toBeCloseTo(0.66, 2)
    expect([0.65, 0.67].map((chance) => worth.takes(always(chance)))).toEqual([true, false])
  })

  it('falls to a tenth where none wins, and no further: else nobody would see them win again', () => {
    expect(after(times(5, false)).share).toBeCloseTo(0.35, 2)
    expect(after(times(100, false)).share).toBe(0.1)
  })

  it('is all late calls once every second backup wins', () => {
    expect(after(Array.from({ length: 100 }, (_, i) => i % 2 === 0)).share).toBeGreaterThan(0.85)
    expect(after(times(8, true)).share).toBe(1)
  })

  it('is seen within five backups, when something goes wrong after good times', () => {
    expect(after([...times(100, false), ...times(5, true)]).share).toBeGreaterThan(0.6)
  })
})
