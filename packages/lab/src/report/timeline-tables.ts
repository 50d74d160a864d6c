import { storyText } from '../decisions/fault-stories.ts'
import type { FaultStory } from '../decisions/fault-stories.ts'
import { countName, total } from '../decisions/service-lanes.ts'
import { changeText } from '../decisions/words.ts'
import { formatDuration } from '../scenario/duration.ts'
import { escape } from './html.ts'
import type { ToldDecisions } from './result.ts'

/** What was decided about each fault's endpoints, a line each. */
export function storyTable(stories: readonly FaultStory[]): string {
  if (stories.length === 0) return ''
  const rows = stories.map(
    (story) => `<tr><td>${escape(story.name)}</td><td>${formatDuration(story.from)}</td><td>${escape(storyText(story))}</td></tr>`
  )
  return `<div class="scroll"><table class="stories"><thead><tr><th>fault</th><th>at</th><th>what was decided about it</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

/** Every change that was kept, in the order of time. */
export function changeTable({ changes, by }: ToldDecisions): string {
  const who = by.length > 1
  const rows = changes.map((change) => {
    const { at, endpoint, service } = change
    const cells = [`${(at / 1_000).toFixed(2)} s`, ...(who ? [change.by] : []), endpoint ?? service, changeText(change)]
    return `<tr>${cells.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`
  })
  const heads = ['at', ...(who ? ['who'] : []), 'about', 'what'].map((head) => `<th>${head}</th>`).join('')
  return `<div class="scroll tall"><table class="changes"><thead><tr>${heads}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

/** Decisions about single calls, each kind in one line. */
export function countTable({ counts, every }: ToldDecisions): string {
  if (counts.length === 0) return ''
  const rows = counts.map((count) => {
    const most = Math.max(...count.each)
    const when = count.each.indexOf(most)
    const cells = [countName(count), count.service, total(count).toLocaleString('en'), `${most} from ${formatDuration(when * every)} on`]
    return `<tr>${cells.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`
  })
  return `<div class="scroll"><table class="changes"><thead><tr><th>decisions about calls</th><th>service</th><th>in all</th><th>most in ${formatDuration(every)}</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}
