import { expect, it } from 'vitest'
import { IN_FLIGHT_METRIC } from '@inmesh/policy'
import { HeaderText } from './header-text.ts'

const longNames = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`${'x'.repeat(100)}${at}`, at]))

it.each(['json', 'text', 'bin'] as const)('a report that is longer than anybody reads has no header, in %s', (form) => {
  expect(new HeaderText({ namedMetrics: { [IN_FLIGHT_METRIC]: 1, ...longNames }, utilization: longNames }, form).with(1)).toBeUndefined()
  expect(new HeaderText({ namedMetrics: { [IN_FLIGHT_METRIC]: 1 } }, form).with(1)).toMatch(/./)
})
