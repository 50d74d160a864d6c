import { describe, expect, onTestFinished, test } from 'vitest'
import { RunningProgram } from './running-program.ts'

function shell(script: string): RunningProgram {
  const program = new RunningProgram('/bin/sh', 'the program', ['-c', script])
  onTestFinished(() => program.stop())
  return program
}

const often = { times: 1_000, every: 5 } as const
const silent = (): Promise<void> => Promise.reject(new Error('no answer'))

describe('a program that runs', () => {
  test('is asked until it answers', async () => {
    let asked = 0
    await shell('exec sleep 60').ready(() => (++asked < 3 ? silent() : Promise.resolve()), often)
    expect(asked).toBe(3)
  })

  test('is given up at once where it ends by itself, with what it said last', async () => {
    await expect(shell('echo first; echo "no such option" >&2; exit 3').ready(silent, often)).rejects.toThrow('the program ended with 3: no such option')
  })

  test('is stopped although it hears no signal that asks, and can be stopped twice', async () => {
    const program = shell('trap "" TERM; exec sleep 60')
    program.signal('SIGTERM')
    await program.stop()
    await expect(program.stop()).resolves.toBeUndefined()
  })
})
