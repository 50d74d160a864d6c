/* global lab */
// A figure over the values of a knob: each value as far from the next as any other, bars where seeds differ.
{
  const { data } = lab

  lab.sweepPlots = () => data.figures.forEach(sweepPlot)

  function sweepPlot({ id, unit, logarithmic, lines }) {
    const values = lines.map(({ means }) => means)
    const all = lines.flatMap(({ lows, highs }) => [...lows, ...highs]).filter((each) => each !== null)
    const range = rangeOf(all, logarithmic)
    const show = (value) => say(value, unit)
    const line = (index) => (each) =>
      `${lab.escape(each.name)}: ${each.means[index] === null ? '–' : show(each.means[index])}`
    lab.draw(
      `sweep-${id}`,
      lab.isNarrow() ? 220 : 280,
      {
        scales: {
          x: { time: false, range: [-0.4, data.points.length - 0.6] },
          y: logarithmic ? { distr: 3, log: 10, range } : { range }
        },
        axes: [
          lab.axis({
            size: 34,
            splits: () => data.points.map((_, at) => at),
            values: (_, ticks) => ticks.map((tick) => fitting(data.points[tick] ?? ''))
          }),
          logarithmic ? lab.latencyAxis(range) : lab.valueAxis(62, (_, ticks) => ticks.map(show))
        ],
        series: [{}, ...lines.map((each) => ({ ...lab.armLine(each), points: { show: true, size: 6 } }))],
        hover: lab.tip((index) => [lab.escape(data.points[index]), ...lines.map(line(index))].join('<br>')),
        hooks: { draw: [bars(lines)] }
      },
      [data.points.map((_, at) => at), ...values]
    )
  }

  function rangeOf(all, logarithmic) {
    const [lowest, highest] = [Math.min(...all), Math.max(...all)]
    if (logarithmic) return [Math.max(1e-3, lowest) * 0.8, highest * 1.25]
    const room = (highest - lowest || Math.abs(highest) || 0.01) * 0.08
    return [lowest - room, highest + room]
  }

  function say(value, unit) {
    if (unit === 'ms') return lab.shown(value)
    return unit === 'share' ? `${Number((100 * value).toFixed(3))} %` : String(Number(value.toFixed(1)))
  }

  const fitting = (text) => (text.length > 18 ? `${text.slice(0, 17)}…` : text)

  function bars(lines) {
    return (plot) => {
      const { ctx } = plot
      ctx.save()
      ctx.lineWidth = 1.2 * devicePixelRatio
      for (const { paint, lows, highs } of lines) {
        ctx.strokeStyle = lab.color(paint)
        ctx.beginPath()
        lows.forEach((low, at) => {
          if (low === null || low === highs[at]) return
          const x = plot.valToPos(at, 'x', true)
          ctx.moveTo(x, plot.valToPos(Math.max(low, plot.scales.y.min), 'y', true))
          ctx.lineTo(x, plot.valToPos(highs[at], 'y', true))
        })
        ctx.stroke()
      }
      ctx.restore()
    }
  }
}
