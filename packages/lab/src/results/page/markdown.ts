import { formatDuration } from '../../scenario/duration.ts'
import { percent } from '../../stats/verdicts.ts'
import type { Kept } from '../kept.ts'

/** First column to the left, the rest to the right. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = columns.map((_, at) => (at === 0 ? '---' : '--:'))
  return [columns, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

export function ms(value: number): string {
  return value < 1_000 ? value.toFixed(0) : formatDuration(value)
}

/** `177 ± 4`, in ms. */
export function within({ mean, half }: Kept): string {
  return half === 0 ? ms(mean) : `${mean.toFixed(0)} ± ${half < 1 ? half.toFixed(1) : half.toFixed(0)}`
}

/** Above 99 % to a hundredth, since that is where they differ. */
export function share(value: number): string {
  return percent(value, value > 0.99 && value < 1 ? 2 : 1)
}

export function times(value: number): string {
  return `${value.toFixed(2)} ×`
}

export function bold(text: string, really: boolean): string {
  return really ? `**${text}**` : text
}
