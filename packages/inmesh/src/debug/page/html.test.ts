import { expect, test } from 'vitest'
import { html, Html } from './html.ts'

test('what is put into a page is escaped, in lists too, unless it is a piece of a page', () => {
  const evil = '<img src=x onerror="a(\'b\')">&'
  const escaped = '&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;'
  expect(html`<p title="${evil}">${[evil, html`<b>${evil}</b>`]}</p>`.text).toBe(`<p title="${escaped}">${escaped}<b>${escaped}</b></p>`)
  expect(html`${new Html('<hr>')}${undefined}${false}${0}`.text).toBe('<hr>0')
})
