/* global uPlot */
// Draws the plots of a report from the JSON in the page. Colours come from the style sheet, so that light and dark
// differ in one place; plots are drawn anew when the scheme or the width changes.
'use strict'

const data = JSON.parse(document.getElementById('data').textContent)
const seconds = data.contenders[0].series.calls.length
const middles = Array.from({ length: seconds }, (_, second) => second + 0.5)
const SYNC = 'time'
const AXIS_FONT = '12px system-ui, sans-serif'
let plots = []

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
const armColor = (arm) => color(`--arm-${arm % 4}`)
const millis = (ms) => (ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`)
const shown = (ms) => (ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(ms < 100 ? 1 : 0)} ms`)

function timeAxis(labelled) {
  return {
    stroke: color('--soft'),
    font: AXIS_FONT,
    size: labelled ? 30 : 8,
    space: 60,
    grid: { stroke: color('--grid'), width: 1 },
    ticks: { show: false },
    values: (_, ticks) => ticks.map((tick) => (labelled ? `${tick} s` : ''))
  }
}

function valueAxis(size, values, splits) {
  return {
    stroke: color('--soft'),
    font: AXIS_FONT,
    size,
    gap: 4,
    grid: { stroke: color('--grid'), width: 1 },
    ticks: { show: false },
    values,
    ...(splits && { splits })
  }
}

const ROW = 16

/** Where each fault's name goes: rows above the plot, so many that no name runs into the next. */
function rowsOf(faults) {
  const ends = []
  return faults.map(({ from, to }) => {
    let row = ends.findIndex((end) => end <= from)
    if (row === -1) row = ends.length
    ends[row] = to
    return row
  })
}

const headroom = (faults) => 6 + ROW * (1 + Math.max(-1, ...rowsOf(faults)))

/** Shades the faults behind everything else, up to their names above the plot. */
function faultBands(faults) {
  const rows = rowsOf(faults)
  const deepest = Math.max(...rows)
  return (plot) => {
    const { ctx, bbox } = plot
    const ratio = devicePixelRatio
    ctx.save()
    for (const [at, fault] of faults.entries()) {
      const left = plot.valToPos(fault.from / 1000, 'x', true)
      const right = plot.valToPos(fault.to / 1000, 'x', true)
      const top = bbox.top - ROW * (deepest - rows[at] + 1) * ratio
      ctx.fillStyle = color('--fault')
      ctx.fillRect(left, top, right - left, bbox.top + bbox.height - top)
      ctx.fillStyle = color('--fault-edge')
      ctx.fillRect(left, top, 1.5 * ratio, bbox.top + bbox.height - top)
      nameFault(ctx, fault, left, top, right - left, ratio)
    }
    ctx.restore()
  }
}

/** The longest form of its name that fits: what and where, what, at least its number in the list below. */
function nameFault(ctx, fault, left, top, width, ratio) {
  ctx.font = `600 ${12 * ratio}px system-ui, sans-serif`
  ctx.fillStyle = color('--fault-ink')
  ctx.textBaseline = 'top'
  const forms = [`${fault.label} ${fault.replica}`, fault.name, fault.label, fault.kind]
  const text = forms.find((each) => ctx.measureText(each).width <= width - 8 * ratio) ?? String(fault.number)
  ctx.fillText(text, left + 5 * ratio, top + 3 * ratio)
}

/** Every call as a dot; one that failed as a cross. */
function callDots(contender, arm) {
  return (plot) => {
    const { ctx } = plot
    const ratio = devicePixelRatio
    const size = (plot.width < 600 ? 1.6 : 2.2) * ratio
    ctx.save()
    ctx.beginPath()
    ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height)
    ctx.clip()
    ctx.fillStyle = color(`--point-${arm % 4}`)
    const { at, ms, failed } = contender.points
    const failures = new Set(failed)
    for (let call = 0; call < at.length; call++) {
      if (!failures.has(call))
        ctx.fillRect(
          plot.valToPos(at[call] / 1000, 'x', true) - size / 2,
          plot.valToPos(ms[call], 'y', true) - size / 2,
          size,
          size
        )
    }
    ctx.strokeStyle = color('--failed')
    ctx.lineWidth = 1.4 * ratio
    ctx.beginPath()
    for (const call of failed)
      cross(ctx, plot.valToPos(at[call] / 1000, 'x', true), plot.valToPos(ms[call], 'y', true), 3.2 * ratio)
    ctx.stroke()
    ctx.restore()
  }
}

function cross(ctx, x, y, arm) {
  ctx.moveTo(x - arm, y - arm)
  ctx.lineTo(x + arm, y + arm)
  ctx.moveTo(x - arm, y + arm)
  ctx.lineTo(x + arm, y - arm)
}

/** Says the values under the cursor, in whichever plot it is. */
function tip(describe) {
  let box
  return {
    init: (plot) => {
      box = document.createElement('div')
      box.className = 'tip'
      box.hidden = true
      plot.over.appendChild(box)
    },
    setCursor: (plot) => {
      const { idx, left, top } = plot.cursor
      box.hidden = idx == null || left < 0 || !plot.over.matches(':hover')
      if (box.hidden) return
      box.innerHTML = describe(idx)
      const flip = left > plot.over.clientWidth / 2
      box.style.left = `${flip ? left - box.offsetWidth - 12 : left + 12}px`
      box.style.top = `${Math.max(0, top - box.offsetHeight - 8)}px`
    }
  }
}

function draw(where, plotHeight, { faults, hooks, scales, ...rest }, values) {
  const element = document.getElementById(where)
  element.replaceChildren()
  const room = headroom(faults)
  const height = plotHeight + room
  plots.push(
    new uPlot(
      {
        width: element.clientWidth,
        height,
        padding: [room, 10, 0, 0],
        cursor: {
          sync: { key: SYNC, setSeries: false },
          y: false,
          drag: { x: false, y: false },
          points: { show: false }
        },
        scales: { x: { time: false, range: [0, seconds] }, ...scales },
        hooks: { ...hooks, drawClear: [faultBands(faults)] },
        ...rest
      },
      values,
      element
    )
  )
}

function line(stroke, width, more) {
  return { stroke, width, points: { show: false }, spanGaps: false, ...more }
}

const [lowest, highest] = data.latencyRange
const decades = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000].filter(
  (ms) => ms >= lowest && ms <= highest
)

function latencyPlot(contender, arm) {
  const { series } = contender
  const hover = tip(
    (second) =>
      `<b>${contender.name}</b>, second ${second}<br>p50 ${shown(series.p50[second] ?? 0)} · p99 ${shown(series.p99[second] ?? 0)}<br>${series.success[second]} of ${series.calls[second]} calls answered`
  )
  draw(
    `latency-${arm}`,
    innerWidth < 640 ? 220 : 250,
    {
      faults: data.faults,
      scales: { y: { distr: 3, log: 10, range: [lowest, highest] } },
      axes: [
        timeAxis(true),
        valueAxis(
          54,
          (_, ticks) => ticks.map((tick) => (tick == null ? '' : millis(tick))),
          () => decades
        )
      ],
      series: [{}, line(armColor(arm), 2), line(color('--ink'), 1.6, { dash: [5, 3] })],
      hooks: { init: [hover.init], setCursor: [hover.setCursor], drawAxes: [callDots(contender, arm)] }
    },
    [middles, series.p99, series.p50]
  )
}

function successPlot() {
  const shares = data.contenders.map(({ series }) =>
    series.success.map((count, second) => (series.calls[second] === 0 ? null : (100 * count) / series.calls[second]))
  )
  const least = Math.min(...shares.flat().filter((share) => share !== null))
  const bottom = Math.min(95, Math.floor(least / 5) * 5)
  const hover = tip(
    (second) =>
      `second ${second}<br>` +
      data.contenders
        .map(({ name, series }) => `${name}: ${series.success[second]} of ${series.calls[second]} answered`)
        .join('<br>')
  )
  draw(
    'success',
    innerWidth < 640 ? 150 : 170,
    {
      faults: data.faults,
      scales: { y: { range: [bottom, 100.4] } },
      axes: [timeAxis(true), valueAxis(54, (_, ticks) => ticks.map((tick) => `${tick} %`))],
      series: [{}, ...data.contenders.map((_, arm) => line(armColor(arm), 2.2))],
      hooks: { init: [hover.init], setCursor: [hover.setCursor] }
    },
    [middles, ...shares]
  )
}

function sharePlot(endpoint, row, last) {
  const shares = data.contenders.map(({ series }) => series.share[endpoint].map((share) => share && 100 * share))
  const fair = middles.map(() => 100 / data.endpoints.length)
  const hover = tip(
    (second) =>
      `${endpoint}, second ${second}<br>` +
      data.contenders
        .map(({ name }, arm) => `${name}: ${(shares[arm][second] ?? 0).toFixed(1)} % of tries`)
        .join('<br>')
  )
  draw(
    `share-${row}`,
    last ? 92 : 70,
    {
      faults: data.faults.filter(({ replica }) => replica === endpoint),
      scales: { y: { range: [0, Math.max(45, ...shares.flat().map((share) => share ?? 0))] } },
      axes: [
        timeAxis(last),
        valueAxis(
          46,
          (_, ticks) => ticks.map((tick) => `${tick} %`),
          () => [0, 20, 40]
        )
      ],
      series: [{}, line(color('--soft'), 1, { dash: [2, 4] }), ...shares.map((_, arm) => line(armColor(arm), 2))],
      hooks: { init: [hover.init], setCursor: [hover.setCursor] }
    },
    [middles, fair, ...shares]
  )
}

function drawAll() {
  for (const plot of plots) plot.destroy()
  plots = []
  data.contenders.forEach(latencyPlot)
  successPlot()
  data.endpoints.forEach((endpoint, row) => sharePlot(endpoint, row, row === data.endpoints.length - 1))
}

let width = 0
new ResizeObserver(() => {
  if (width === document.body.clientWidth) return
  width = document.body.clientWidth
  drawAll()
}).observe(document.body)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
