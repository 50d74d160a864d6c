import { describe, expect, it } from 'vitest'
import { Operations } from './operations.ts'
import type { Operation } from './operation.ts'

function record(operation: Operation, latency: number, times: number, now: number): void {
  for (let i = 0; i < times; i++) operation.record(latency, now)
}

describe('Operation', () => {
  it('is taken for 30 ms before anything was measured', () => {
    expect(new Operations().get('GET /').median(0)).toBe(30)
  })

  it('has its own median once it was called ten times', () => {
    const operations = new Operations()
    record(operations.get('slow'), 500, 100, 0)
    record(operations.get('fast'), 5, 10, 0)
    expect(operations.get('fast').median(0)).toBeCloseTo(5, 0)
    expect(operations.get('slow').median(0) / 500).toBeCloseTo(1, 1)
  })

  it('uses the median of the whole service when it was called less, if that is the greater', () => {
    const operations = new Operations()
    record(operations.get('usual'), 50, 100, 0)
    record(operations.get('rare'), 1, 9, 0)
    expect(operations.get('rare').median(0) / 50).toBeCloseTo(1, 1)
    expect(operations.get('new').median(0) / 50).toBeCloseTo(1, 1)
  })

  it('does not make its endpoint look slow for being rare and slow', () => {
    const operations = new Operations()
    record(operations.get('usual'), 5, 1_000, 0)
    record(operations.get('report'), 4_000, 1, 0)
    expect(operations.get('report').median(0) / 4_000).toBeCloseTo(1, 1)
    expect(operations.get('usual').median(0)).toBeCloseTo(5, 0)
  })

  it('keeps its last median while it is quiet', () => {
    const operations = new Operations()
    record(operations.get('nightly'), 4_000, 20, 0)
    expect(operations.get('nightly').median(0)).toBeGreaterThan(3_900)
    record(operations.get('usual'), 5, 1_000, 86_400_000)
    expect(operations.get('nightly').median(86_400_000)).toBeGreaterThan(3_900)
  })

  it('looks again after a second, or when the samples have doubled, and not in between', () => {
    const operation = new Operations().get('GET /')
    record(operation, 10, 100, 0)
    expect(operation.median(0)).toBeCloseTo(10, 0)
    record(operation, 90, 99, 100)
    expect(operation.median(100)).toBeCloseTo(10, 0)
    record(operation, 90, 30, 100)
    expect(operation.median(100)).toBeGreaterThan(80)
    record(operation, 1, 200, 200)
    expect(operation.median(200)).toBeGreaterThan(80)
    expect(operation.median(1_200)).toBeLessThan(15)
  })
})

describe('Operations', () => {
  it('answers the same operation for the same name, also for names that objects have', () => {
    const operations = new Operations()
    for (const name of ['GET /', '__proto__', 'constructor']) {
      expect(operations.get(name)).toBe(operations.get(name))
      expect(operations.get(name).name).toBe(name)
    }
  })

  it('lets every name past the limit share one operation', () => {
    const operations = new Operations(200)
    for (let i = 0; i < 5_000; i++) operations.get(`GET /users/${i}`).record(5, 0)
    expect([...operations]).toHaveLength(201)
    expect(operations.get('GET /users/4999').name).toBe('other')
    expect(operations.get('GET /users/4999').latency.count(0)).toBe(4_800)
    expect(operations.service.latency.count(0)).toBe(5_000)
  })
})
