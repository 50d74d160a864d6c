import { createHash } from 'node:crypto'

export const STYLE: string = `
:root {
  color-scheme: light dark;
  --bg: #f6f7f9; --card: #fff; --line: #e3e6ea; --text: #1a2027; --soft: #5c6773; --link: #1257b8;
  --good: #146c3a; --good-bg: #e2f4e8; --warn: #8a5200; --warn-bg: #fdf0d8; --bad: #b3201a; --bad-bg: #fde6e4; --mute-bg: #eceff2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #12161b; --card: #1a2027; --line: #2c343d; --text: #e4e8ec; --soft: #97a3af; --link: #7db4ff;
    --good: #79d49b; --good-bg: #17351f; --warn: #f2bf6b; --warn-bg: #3a2c12; --bad: #ff9a92; --bad-bg: #431c1a; --mute-bg: #262e36;
  }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--bg); color: var(--text); font: 14px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }
main { max-width: 1240px; margin: 0 auto; padding: 24px 20px 64px }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 14px; margin-bottom: 16px }
h1 { font-size: 22px; margin: 0; letter-spacing: -.01em }
h2 { font-size: 17px; margin: 0; overflow-wrap: anywhere }
h3 { font-size: 11px; margin: 18px 0 6px; color: var(--soft); text-transform: uppercase; letter-spacing: .06em; font-weight: 600 }
nav { margin-left: auto; display: flex; gap: 14px }
a { color: var(--link); text-decoration: none }
a:hover { text-decoration: underline }
.soft { color: var(--soft) }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin-bottom: 18px }
.tile, section { background: var(--card); border: 1px solid var(--line); border-radius: 8px }
.tile { padding: 10px 14px }
.tile b { display: block; font-size: 20px; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.3 }
.tile span { color: var(--soft); font-size: 12px }
section { padding: 16px 18px; margin-bottom: 16px }
.head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 12px }
.head a { margin-left: auto; font-size: 13px }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th { text-align: left; font-weight: 500; color: var(--soft); font-size: 12px; white-space: nowrap }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top }
tr:last-child td { border-bottom: 0 }
td.n, th.n { text-align: right; white-space: nowrap }
td.t { white-space: nowrap }
td.w { overflow-wrap: anywhere; width: 100% }
code, pre, .mono { font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace }
pre { margin: 6px 0 0; padding: 10px 12px; background: var(--bg); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; max-height: 420px }
.badge { display: inline-block; padding: 0 8px; border-radius: 10px; font-size: 12px; font-weight: 500; line-height: 20px; white-space: nowrap; background: var(--mute-bg); color: var(--soft) }
.good { background: var(--good-bg); color: var(--good) }
.warn { background: var(--warn-bg); color: var(--warn) }
.bad { background: var(--bad-bg); color: var(--bad) }
.note { margin: 10px 0 0; padding: 8px 12px; border-radius: 6px; background: var(--warn-bg); color: var(--warn); overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 8px 18px; margin: 14px 0 0 }
dt { color: var(--soft); font-size: 12px }
dd { margin: 0; font-variant-numeric: tabular-nums }
details { margin-top: 12px }
summary { cursor: pointer; color: var(--soft) }
.chain { display: flex; flex-wrap: wrap; gap: 4px 6px; margin-top: 6px }
.empty { color: var(--soft); margin: 6px 0 0 }
footer { color: var(--soft); font-size: 12px; margin-top: 20px }
`

/** Of exactly this: a style that somebody smuggled in is not applied. */
export const STYLE_HASH: string = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`
