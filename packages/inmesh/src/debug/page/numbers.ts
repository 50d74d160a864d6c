import { lengthText } from '@inmesh/pipeline'

export { lengthText }

/** A number as one reads it; JSON has `null` for what is infinite. */
export function numberText(value: number | null | undefined): string {
  if (value === undefined || value === null || Number.isNaN(value)) return '–'
  if (!Number.isFinite(value)) return '∞'
  const size = Math.abs(value)
  return String(size >= 100 || Number.isInteger(value) ? Math.round(value) : size >= 1 ? Math.round(value * 10) / 10 : Math.round(value * 1000) / 1000)
}

export function percentText(share: number): string {
  return `${numberText(share * 100)} %`
}

export function millisText(ms: number | undefined): string {
  if (ms === undefined) return '–'
  return ms < 10 ? `${Math.round(ms * 10) / 10} ms` : lengthText(ms)
}
