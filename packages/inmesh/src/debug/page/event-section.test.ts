import { expect, test } from 'vitest'
import { eventSection } from './event-section.ts'

const ended = { time: '2026-11-29T12:00:00.000Z', type: 'ended', service: 'catalog' }

test('a call that failed is told with why, and a long name hides nothing behind it', () => {
  const outcome = { kind: 'failure', code: 'UNKNOWN', cause: { name: 'Error', message: 'no such table' } }
  const { text } = eventSection('Calls', [{ ...ended, operation: 'y'.repeat(1_000), outcome }], '/events', 'none')
  expect(text).toContain(`operation ${'y'.repeat(100)}… · outcome failure UNKNOWN (no such table)`)
})
