import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { readSweep } from './read.ts'
import { readScenario } from '../scenario/parse.ts'

const folder = fileURLToPath(new URL('../../scenarios/', import.meta.url))
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((each) => each.endsWith('.json'))
const isSweep = (file: string): boolean => 'set' in (JSON.parse(readFileSync(folder + file, 'utf8')) as object)

it('ships the bad day', () => expect(files).toContain('bad-day.json'))

it.each(files.filter((each) => !isSweep(each)))('%s is a good scenario', (file) => {
  expect(readScenario(folder + file).contenders.length).toBeGreaterThan(0)
})

it.each(files.filter(isSweep))('%s is a good sweep', (file) => {
  expect(readSweep(folder + file).points.length).toBeGreaterThan(1)
})
