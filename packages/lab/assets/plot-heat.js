/* global lab */
// Load of every endpoint over time, as a picture: a row per endpoint.
{
  const { data } = lab
  const LEFT = 92
  const FONT = '11px system-ui, sans-serif'

  /** The scale of all pictures ends where only one cell in a thousand is darker: a single backlog would blanch the rest. */
  function scaleOf(heats) {
    const sorted = heats.flatMap(({ load }) => load).toSorted((a, b) => a - b)
    return Math.max(1, sorted[Math.floor(0.999 * (sorted.length - 1))] ?? 1)
  }

  function shade(ctx, strength) {
    ctx.globalAlpha = strength
    ctx.fillStyle = lab.color('--heat')
  }

  lab.heatPlots = () => {
    const heats = data.contenders.flatMap(({ heat }) => (heat ? [heat] : []))
    if (heats.length === 0) return
    const most = scaleOf(heats)
    const label = document.getElementById('heat-scale')
    if (label) label.textContent = `0 to ${Number(most.toPrecision(2))} calls, log scale`
    data.contenders.forEach(({ heat }, arm) => heat && draw(document.getElementById(`heat-${arm}`), heat, most))
  }

  function draw(element, { rows, columns, load }, most) {
    if (element === null) return
    const canvas = document.createElement('canvas')
    const ratio = devicePixelRatio
    const width = element.clientWidth
    const row = Math.max(2, Math.min(16, Math.floor(260 / rows.length)))
    const height = row * rows.length + 4
    canvas.width = width * ratio
    canvas.height = height * ratio
    canvas.style.width = `${width}px`
    canvas.style.height = `${height}px`
    element.replaceChildren(canvas)
    const ctx = canvas.getContext('2d')
    ctx.scale(ratio, ratio)
    const cell = (width - LEFT) / columns
    for (let index = 0; index < load.length; index++) {
      const strength = Math.min(1, Math.log1p(load[index]) / Math.log1p(most))
      if (strength <= 0) continue
      shade(ctx, strength)
      ctx.fillRect(
        LEFT + (index % columns) * cell,
        Math.floor(index / columns) * row,
        cell + 0.5,
        row - (row > 5 ? 1 : 0)
      )
    }
    ctx.globalAlpha = 1
    names(ctx, rows, row)
  }

  /** As many names as there is room for. */
  function names(ctx, rows, row) {
    ctx.fillStyle = lab.color('--soft')
    ctx.font = FONT
    ctx.textBaseline = 'middle'
    const every = Math.ceil(13 / row)
    rows.forEach((name, at) => {
      if (at % every === 0)
        ctx.fillText(name.length > 14 ? `${name.slice(0, 13)}…` : name, 0, (at + 0.5) * row, LEFT - 6)
    })
  }
}
