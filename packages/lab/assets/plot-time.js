/* global lab */
// What happened step by step of the run: every call as a dot, the tail of all contenders, the share of calls answered.
{
  const { data } = lab
  const steps = data.kind === 'run' ? data.contenders[0].series.calls.length : 0
  const middles = Array.from({ length: steps }, (_, step) => ((step + 0.5) * data.every) / 1000)
  const end = (steps * data.every) / 1000
  const when = (step) => `${Number(((step * data.every) / 1000).toFixed(2))} s`

  lab.timeAxis = (labelled) =>
    lab.axis({
      size: labelled ? 30 : 8,
      space: 60,
      values: (_, ticks) => ticks.map((tick) => (labelled ? `${tick} s` : ''))
    })

  /** A plot over the time of the run, its faults shaded, the cursor the same in all. */
  lab.drawOverTime = (where, height, { faults, hooks, scales, ...rest }, values) =>
    lab.draw(
      where,
      height,
      {
        room: lab.headroom(faults),
        sync: 'time',
        scales: { x: { time: false, range: [0, end] }, ...scales },
        hooks: { ...hooks, drawClear: [lab.faultBands(faults)] },
        ...rest
      },
      [middles, ...values]
    )

  /** Every call as a dot; one that failed as a cross. */
  function callDots({ points, paint }) {
    return (plot) => {
      const { ctx } = plot
      const ratio = devicePixelRatio
      const size = (plot.width < 600 ? 1.6 : 2.2) * ratio
      const { at, ms, failed } = points
      const failures = new Set(failed)
      ctx.save()
      ctx.beginPath()
      ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height)
      ctx.clip()
      ctx.globalAlpha = 0.3
      ctx.fillStyle = lab.color(paint)
      for (let call = 0; call < at.length; call++) {
        if (!failures.has(call))
          ctx.fillRect(
            plot.valToPos(at[call] / 1000, 'x', true) - size / 2,
            plot.valToPos(ms[call], 'y', true) - size / 2,
            size,
            size
          )
      }
      ctx.globalAlpha = 1
      ctx.strokeStyle = lab.color('--failed')
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

  const answered = ({ series }, step) => `${series.success[step]} of ${series.calls[step]} calls answered`

  lab.latencyPlot = (contender, arm) => {
    const { series, paint, name } = contender
    const tail = (step) => `p50 ${lab.shown(series.p50[step] ?? 0)} · p99 ${lab.shown(series.p99[step] ?? 0)}`
    lab.drawOverTime(
      `latency-${arm}`,
      lab.isNarrow() ? 220 : 250,
      {
        faults: data.faults,
        scales: { y: { distr: 3, log: 10, range: data.latencyRange } },
        axes: [lab.timeAxis(true), lab.latencyAxis(data.latencyRange, lab.gutter())],
        series: [{}, lab.line(lab.color(paint), 2), lab.line(lab.color('--ink'), 1.6, { dash: [5, 3] })],
        hover: lab.tip(
          (step) => `<b>${lab.escape(name)}</b>, ${when(step)}<br>${tail(step)}<br>${answered(contender, step)}`
        ),
        hooks: { drawAxes: [callDots(contender)] }
      },
      [series.p99, series.p50]
    )
  }

  lab.overlayPlot = () => {
    const line = ({ name, series }, step) =>
      `${lab.escape(name)}: ${series.p99[step] == null ? '–' : lab.shown(series.p99[step])}`
    lab.drawOverTime(
      'overlay',
      lab.isNarrow() ? 260 : 340,
      {
        faults: data.faults,
        scales: { y: { distr: 3, log: 10, range: data.latencyRange } },
        axes: [lab.timeAxis(true), lab.latencyAxis(data.latencyRange, lab.gutter())],
        series: [{}, ...data.contenders.map(lab.armLine)],
        hover: lab.tip((step) =>
          [`p99, ${when(step)}`, ...data.contenders.map((each) => line(each, step))].join('<br>')
        )
      },
      data.contenders.map(({ series }) => series.p99)
    )
  }

  lab.successPlot = () => {
    const shares = data.contenders.map(({ series }) =>
      series.success.map((count, step) => (series.calls[step] === 0 ? null : (100 * count) / series.calls[step]))
    )
    const least = Math.min(...shares.flat().filter((share) => share !== null))
    const bottom = Math.min(95, Math.floor(least / 5) * 5)
    const line = (each, step) => `${lab.escape(each.name)}: ${answered(each, step)}`
    lab.drawOverTime(
      'success',
      lab.isNarrow() ? 150 : 170,
      {
        faults: data.faults,
        scales: { y: { range: [bottom, 100 + (100 - bottom) * 0.03] } },
        axes: [
          lab.timeAxis(true),
          lab.valueAxis(lab.gutter(), (_, ticks) => ticks.map((tick) => (tick > 100 ? '' : `${tick} %`)))
        ],
        series: [{}, ...data.contenders.map(lab.armLine)],
        hover: lab.tip((step) => [when(step), ...data.contenders.map((each) => line(each, step))].join('<br>'))
      },
      shares
    )
  }
}
