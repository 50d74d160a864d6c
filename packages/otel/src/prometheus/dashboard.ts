import { seriesOf, type Naming } from './naming.ts'
import { rowsOf, type Panel, type Row } from './panels.ts'

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const

/** Of Grafana's grid of 24 columns: three panels beside each other. */
const WIDTH = 8
const HEIGHT = 8
const COLUMNS = 24

/**
 * A dashboard for Grafana 11 and later, as it is imported: the classic model, which those after it read as well. Data
 * source, job, service, endpoint and server are variables.
 */
export function dashboardOf(naming: Naming): object {
  return {
    uid: naming === 'exporter' ? 'inmesh' : `inmesh-${naming}`,
    title: naming === 'exporter' ? 'inmesh' : 'inmesh (OTLP)',
    description: 'What inmesh decides and what callers get, of the metrics of @inmesh/otel.',
    tags: ['inmesh'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    annotations: { list: [] },
    links: [],
    templating: { list: variables(naming) },
    panels: laidOut(rowsOf(naming)),
  }
}

function variables(naming: Naming): readonly object[] {
  const endpoints = seriesOf('endpointCount', naming)
  const servers = seriesOf('serverInFlight', naming)
  return [
    { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', hide: 0, includeAll: false, multi: false, refresh: 1, regex: '', options: [] },
    variable('job', 'Job', `label_values({__name__=~"${endpoints}|${servers}"}, job)`),
    variable('service', 'Service', `label_values(${endpoints}{job=~"$job"}, inmesh_service)`),
    variable('endpoint', 'Endpoint', `label_values(${endpoints}{job=~"$job", inmesh_service=~"$service"}, inmesh_endpoint)`),
    variable('server', 'Server', `label_values(${servers}{job=~"$job"}, inmesh_server)`),
  ]
}

/** All of them are `.*`, so that series without the label are there, too: without `endpoints: true` no series has an endpoint. */
function variable(name: string, label: string, query: string): object {
  return {
    name, label, type: 'query', datasource: DATASOURCE, query: { query, refId: 'PrometheusVariableQueryEditor-VariableQuery', qryType: 5 },
    includeAll: true, allValue: '.*', multi: true, current: { selected: true, text: ['All'], value: ['$__all'] },
    hide: 0, refresh: 2, regex: '', sort: 1, options: [],
  }
}

function laidOut(rows: readonly Row[]): readonly object[] {
  const all: object[] = []
  let id = 1
  let y = 0
  for (const [at, { title, panels }] of rows.entries()) {
    // Closed rows ask nothing: a dashboard that is opened shows what callers see, and what it costs.
    const collapsed = at > 1
    const header = { id: id++, type: 'row', title, collapsed, gridPos: { h: 1, w: COLUMNS, x: 0, y } }
    y++
    const own = panels.map((panel, number) => {
      const across = number % (COLUMNS / WIDTH)
      return panelOf(panel, id++, { h: HEIGHT, w: WIDTH, x: across * WIDTH, y: y + Math.floor(number / (COLUMNS / WIDTH)) * HEIGHT })
    })
    all.push({ ...header, panels: collapsed ? own : [] }, ...(collapsed ? [] : own))
    if (!collapsed) y += Math.ceil(own.length / (COLUMNS / WIDTH)) * HEIGHT
  }
  return all
}

function panelOf({ title, description, unit, max, stacked, targets }: Panel, id: number, gridPos: object): object {
  return {
    id, type: 'timeseries', title, description, datasource: DATASOURCE, gridPos,
    fieldConfig: {
      defaults: { unit, min: 0, ...(max === undefined ? {} : { max }), custom: { drawStyle: 'line', lineWidth: 1, fillOpacity: stacked === true ? 30 : 5, showPoints: 'never', spanNulls: false, stacking: { mode: stacked === true ? 'normal' : 'none', group: 'A' } } },
      overrides: [],
    },
    options: { legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: targets.map(({ query, legend }, at) => ({ refId: String.fromCodePoint(65 + at), datasource: DATASOURCE, editorMode: 'code', range: true, expr: query, legendFormat: legend })),
  }
}
