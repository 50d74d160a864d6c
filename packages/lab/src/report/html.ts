import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const SCRIPTS = [
  'plot.js',
  'plot-time.js',
  'plot-share.js',
  'plot-distribution.js',
  'plot-heat.js',
  'plot-sweep.js',
  'page.js'
]

/** A page that needs nothing else: styles, data and the plotting library are inside. */
export function htmlPage(title: string, body: string, data: object): string {
  const json = JSON.stringify(data).replaceAll('<', '\\u003c')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${library('uplot/dist/uPlot.min.css')}
${asset('page.css')}
${asset('timeline.css')}</style>
</head>
<body>
<main>
${body}
</main>
<script type="application/json" id="data">${json}</script>
<script>${library('uplot/dist/uPlot.iife.min.js')}</script>
<script>${SCRIPTS.map(asset).join('\n')}</script>
</body>
</html>
`
}

const require = createRequire(import.meta.url)

function library(path: string): string {
  return readFileSync(require.resolve(path), 'utf8')
}

function asset(name: string): string {
  return readFileSync(new URL(`../../assets/${name}`, import.meta.url), 'utf8')
}

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
