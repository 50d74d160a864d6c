/* global uPlot */
// What all plots of a report share. They are drawn from the JSON in the page; colours come from the style sheet, so that
// light and dark differ in one place, and plots are drawn anew when the scheme or the width changes.
const lab = { data: JSON.parse(document.getElementById('data').textContent), plots: [] }
{
  const AXIS_FONT = '12px system-ui, sans-serif'
  const ROW = 16

  lab.color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  lab.shown = (ms) => (ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(ms < 100 ? 1 : 0)} ms`)
  lab.isNarrow = () => innerWidth <= 640
  /** What plots over the run leave free at their left: the same for all, and for the lanes below them. */
  lab.gutter = () => Number.parseFloat(lab.color('--gutter'))
  const margin = Number.parseFloat(lab.color('--margin'))

  lab.axis = (more) => ({
    stroke: lab.color('--soft'),
    font: AXIS_FONT,
    gap: 4,
    grid: { stroke: lab.color('--grid'), width: 1 },
    ticks: { show: false },
    ...more
  })

  lab.valueAxis = (size, values, splits) => lab.axis({ size, values, ...(splits && { splits }) })

  const millis = (ms) => (ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`)
  const decades = Array.from({ length: 9 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** (power - 2))).flat()

  /** Milliseconds on a log scale: every 1, 2, 5 of the range, or only every 1 of a long one. */
  lab.latencyAxis = ([lowest, highest], size = 54) => {
    const within = decades.filter((ms) => ms >= lowest && ms <= highest)
    const ticks = within.length > 12 ? within.filter((ms) => Number.isInteger(Math.log10(ms))) : within
    return lab.valueAxis(
      size,
      (_, all) => all.map((tick) => (tick == null ? '' : millis(Number(tick.toPrecision(1))))),
      () => ticks
    )
  }

  lab.line = (stroke, width, more) => ({ stroke, width, points: { show: false }, spanGaps: false, ...more })

  /** A contender's line: the oracle dashed, inmesh and it stronger than the rest. */
  lab.armLine = ({ paint }) => {
    if (paint === '--oracle') return lab.line(lab.color(paint), 2, { dash: [7, 4] })
    return lab.line(lab.color(paint), paint === '--arm-1' ? 2.6 : 1.8)
  }

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

  lab.headroom = (faults) => 6 + ROW * (1 + Math.max(-1, ...rowsOf(faults)))

  /** Shades the faults behind everything else, up to their names above the plot. */
  lab.faultBands = (faults) => {
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
        ctx.fillStyle = lab.color('--fault')
        ctx.fillRect(left, top, right - left, bbox.top + bbox.height - top)
        ctx.fillStyle = lab.color('--fault-edge')
        ctx.fillRect(left, top, 1.5 * ratio, bbox.top + bbox.height - top)
        nameFault(ctx, fault, left, top, right - left, ratio)
      }
      ctx.restore()
    }
  }

  /** The longest form of its name that fits: what and where, what, at least its number in the list below. */
  function nameFault(ctx, fault, left, top, width, ratio) {
    ctx.font = `600 ${12 * ratio}px system-ui, sans-serif`
    ctx.fillStyle = lab.color('--fault-ink')
    ctx.textBaseline = 'top'
    const forms = [`${fault.label} ${fault.replica}`, fault.name, fault.label, fault.kind]
    const text = forms.find((each) => ctx.measureText(each).width <= width - 8 * ratio) ?? String(fault.number)
    ctx.fillText(text, left + 5 * ratio, top + 3 * ratio)
  }

  /** Says the values under the cursor, in whichever plot it is. */
  lab.tip = (describe) => {
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

  /** Names of contenders come from a file: they are text, not markup. */
  lab.escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

  lab.draw = (where, plotHeight, { room = 6, sync, hover, scales, hooks, ...rest }, values) => {
    const element = document.getElementById(where)
    if (element === null) return
    element.replaceChildren()
    const cursor = { y: false, drag: { x: false, y: false }, points: { show: false } }
    lab.plots.push(
      new uPlot(
        {
          width: element.clientWidth,
          height: plotHeight + room,
          padding: [room, margin, 0, 0],
          cursor: { ...cursor, ...(sync && { sync: { key: sync, setSeries: false } }) },
          scales,
          hooks: { ...hooks, ...(hover && { init: [hover.init], setCursor: [hover.setCursor] }) },
          ...rest
        },
        values,
        element
      )
    )
  }
}
